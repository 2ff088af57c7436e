-- How good the models are, as the monitor saw it at a position of the log.
CREATE TABLE IF NOT EXISTS {database}.model_quality{on_cluster}
(
    shard UInt32 COMMENT 'Shard whose log it was read from',
    offset Int64 COMMENT 'Log position up to which labels count' CODEC(Delta, ZSTD(1)),
    at DateTime64(6, 'UTC') COMMENT 'The writer''s stamp at that position, UTC' CODEC(DoubleDelta, ZSTD(1)),
    subject_kind LowCardinality(String) COMMENT 'TRAVELER or PARCEL',
    lane LowCardinality(String) COMMENT 'Lane as decided, empty for all lanes',
    model LowCardinality(String) COMMENT 'decided (the one that decides), shadow, a challenger, or a detector that was switched off',
    metric LowCardinality(String) COMMENT 'auc, log_loss, calibration_bias, calibration_slope, prevalence, precision, recall, lift, ...',
    value Float64 COMMENT 'The figure, NaN where the labels cannot say',
    low Float64 COMMENT 'Lower bound of its 95% interval',
    high Float64 COMMENT 'Upper bound of its 95% interval',
    n UInt64 COMMENT 'Labels that it rests on',
    detail String COMMENT 'Why something was switched off, else empty' CODEC(ZSTD(1))
)
ENGINE = {engine}
PARTITION BY toYYYYMM(at)
ORDER BY (subject_kind, lane, model, metric, at)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Quality of the models over time, with intervals. Times are UTC.';
