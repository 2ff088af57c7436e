-- Labels, and only where someone looked. In KCS files they mean duty evasion, not drugs.
CREATE TABLE IF NOT EXISTS {database}.outcomes{on_cluster}
(
    shard UInt32 COMMENT 'Shard whose log holds it',
    offset Int64 COMMENT 'Log position' CODEC(Delta, ZSTD(1)),
    event_id String COMMENT 'Event, 32 hex digits' CODEC(ZSTD(1)),
    corrects_event_id String COMMENT 'Earlier outcome that it corrects, empty for none' CODEC(ZSTD(1)),
    decision_id String COMMENT 'Decision that led to the inspection, 32 hex digits' CODEC(ZSTD(1)),
    case_key UInt64 COMMENT 'Keyed hash of the case',
    selected_by LowCardinality(String) COMMENT 'MODEL, RULE, RANDOM, OFFICER: why someone looked',
    propensity Float64 DEFAULT nan COMMENT 'Probability of being chosen, NaN where unknown',
    result LowCardinality(String) COMMENT 'FOUND, NOTHING (labels), INCONCLUSIVE, NOT_DONE (none)',
    method LowCardinality(String) COMMENT 'How it was inspected',
    offence_class LowCardinality(String) COMMENT 'DRUGS, DUTY_EVASION, ..., empty for none',
    substance LowCardinality(String) COMMENT 'What was found, empty for none',
    quantity Float64 DEFAULT nan COMMENT 'How much, in quantity_unit',
    quantity_unit LowCardinality(String) COMMENT 'Unit of quantity',
    started_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Inspection began, UTC',
    finished_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Inspection ended, UTC',
    event_time DateTime64(6, 'UTC') COMMENT 'When the result stood, UTC' CODEC(DoubleDelta, ZSTD(1)),
    stamped_at DateTime64(6, 'UTC') COMMENT 'The writer''s stamp, UTC' CODEC(DoubleDelta, ZSTD(1)),
    INDEX by_decision_id decision_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = {engine}
PARTITION BY toYYYYMM(event_time)
ORDER BY (event_time, decision_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Results of inspections: the only labels. Times are UTC.';
