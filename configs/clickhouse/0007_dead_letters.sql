CREATE TABLE IF NOT EXISTS {database}.dead_letters{on_cluster}
(
    shard UInt32 COMMENT 'Shard whose log holds it',
    offset Int64 COMMENT 'Log position' CODEC(Delta, ZSTD(1)),
    reason LowCardinality(String) COMMENT 'UNDECODABLE, TOO_OLD, CONFLICT, ...',
    detail String COMMENT 'What was found and what is allowed; no payload' CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'Who sent it',
    source_offset Int64 COMMENT 'Row, line or Kafka offset at the source, -1 for none',
    size_bytes UInt64 COMMENT 'Size of what came',
    sha256 String COMMENT 'Of what came, hex' CODEC(ZSTD(1)),
    stamped_at DateTime64(6, 'UTC') COMMENT 'The writer''s stamp, UTC' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = {engine}
PARTITION BY toYYYYMM(stamped_at)
ORDER BY (reason, stamped_at, offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What could not become an event; the bytes are in the log. Times are UTC.';
