CREATE TABLE IF NOT EXISTS {database}.actions{on_cluster}
(
    shard UInt32 COMMENT 'Shard whose log holds it',
    offset Int64 COMMENT 'Log position' CODEC(Delta, ZSTD(1)),
    event_id String COMMENT 'Event, 32 hex digits' CODEC(ZSTD(1)),
    decision_id String COMMENT 'Decision acted on, 32 hex digits' CODEC(ZSTD(1)),
    actor_kind LowCardinality(String) COMMENT 'GATE or OFFICER',
    actor LowCardinality(String) COMMENT 'Gate, or officer as named by the credentials',
    action LowCardinality(String) COMMENT 'OPENED, DIVERTED, KEPT_SHUT, FAILED; or OVERRIDE',
    from_verdict LowCardinality(String) COMMENT 'Officer: verdict before, empty for a gate',
    to_verdict LowCardinality(String) COMMENT 'Officer: verdict after, empty for a gate',
    reason_code LowCardinality(String) COMMENT 'Officer''s reason, empty for a gate',
    second_approver LowCardinality(String) COMMENT 'Second person, empty for none',
    is_local_fallback Bool COMMENT 'The gate acted by itself, unable to reach the engine',
    event_time DateTime64(6, 'UTC') COMMENT 'When it was done, UTC' CODEC(DoubleDelta, ZSTD(1)),
    stamped_at DateTime64(6, 'UTC') COMMENT 'The writer''s stamp, UTC' CODEC(DoubleDelta, ZSTD(1)),
    INDEX by_decision_id decision_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = {engine}
PARTITION BY toYYYYMM(event_time)
ORDER BY (actor_kind, event_time, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What gates and officers did. An override is no label. Times are UTC.';
