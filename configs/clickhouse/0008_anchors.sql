-- The chain's head, kept outside the log, so that a cut tail or a rewritten chain shows.
CREATE TABLE IF NOT EXISTS {database}.anchors{on_cluster}
(
    shard UInt32 COMMENT 'Shard',
    offset Int64 COMMENT 'Last log position that the hash covers' CODEC(Delta, ZSTD(1)),
    hash String COMMENT 'Head of the hash chain after it, hex' CODEC(ZSTD(1)),
    anchored_at DateTime64(6, 'UTC') COMMENT 'When, UTC' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = {engine}
PARTITION BY toYYYYMM(anchored_at)
ORDER BY (shard, offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Heads of the log''s hash chain. Times are UTC.';
