-- What the monitor noticed, as it stands in the log.
CREATE TABLE IF NOT EXISTS {database}.drift_alarms{on_cluster}
(
    shard UInt32 COMMENT 'Shard whose log holds it',
    offset Int64 COMMENT 'Log position' CODEC(Delta, ZSTD(1)),
    event_id String COMMENT 'Event, 32 hex digits' CODEC(ZSTD(1)),
    subject_kind LowCardinality(String) COMMENT 'TRAVELER or PARCEL',
    watched LowCardinality(String) COMMENT 'residual, random_residual, or a feature',
    detector LowCardinality(String) COMMENT 'Drift detector of river, such as ADWIN',
    before Float64 COMMENT 'Mean before the change, in the unit of what is watched',
    after Float64 COMMENT 'Mean after it',
    seen_offset Int64 COMMENT 'Last log position that the detector had seen',
    stamped_at DateTime64(6, 'UTC') COMMENT 'The writer''s stamp, UTC' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = {engine}
PARTITION BY toYYYYMM(stamped_at)
ORDER BY (subject_kind, watched, stamped_at, offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Drifts that were noticed. Times are UTC.';
