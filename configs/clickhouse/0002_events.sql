-- What came in, without what it said: payloads are personal and stay in the log.
CREATE TABLE IF NOT EXISTS {database}.events{on_cluster}
(
    shard UInt32 COMMENT 'Shard whose log holds the event',
    epoch UInt64 COMMENT 'Start of the engine that wrote it',
    offset Int64 COMMENT 'Position in the shard''s log' CODEC(Delta, ZSTD(1)),
    event_id String COMMENT 'Id that the source gave, 32 hex digits after hashing' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'GATE_EVENT, SCANNER_RESULT, ... (codes.EventKind)',
    source LowCardinality(String) COMMENT 'Who sent it',
    site LowCardinality(String) COMMENT 'Where it happened',
    subject UInt64 COMMENT 'Keyed hash of the case or subject it names, 0 for none',
    subject_kind LowCardinality(String) COMMENT 'TRAVELER, PARCEL, BAG or empty',
    is_historical Bool COMMENT 'Fed from old files: exempt from the age limit, never answers a gate',
    is_duplicate Bool COMMENT 'Seen before with the same bytes; it had no second effect',
    event_time DateTime64(6, 'UTC') COMMENT 'When it happened, as its source says, UTC' CODEC(DoubleDelta, ZSTD(1)),
    stamped_at DateTime64(6, 'UTC') COMMENT 'The writer''s stamp, the core''s clock, UTC' CODEC(DoubleDelta, ZSTD(1)),
    size_bytes UInt32 COMMENT 'Size of the payload',
    digest String COMMENT 'Salted digest of the payload that the chain covers, hex' CODEC(ZSTD(1)),
    INDEX by_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_subject subject TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_offset offset TYPE minmax GRANULARITY 1
)
ENGINE = {engine}
PARTITION BY toYYYYMM(stamped_at)
ORDER BY (shard, kind, stamped_at, offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Every event in the log, without personal payload. Times are UTC.';
