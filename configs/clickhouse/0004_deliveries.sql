-- Observations that come after a decision was committed; no part of its body.
CREATE TABLE IF NOT EXISTS {database}.deliveries{on_cluster}
(
    shard UInt32 COMMENT 'Shard that decided',
    offset Int64 COMMENT 'Log position of the decision''s trigger' CODEC(Delta, ZSTD(1)),
    decision_id String COMMENT 'Decision, 32 hex digits' CODEC(ZSTD(1)),
    committed_us Float64 DEFAULT nan COMMENT 'From receipt to commit, microseconds',
    returned_us Float64 DEFAULT nan COMMENT 'From receipt to the reply, microseconds, NaN if nobody waited',
    budget_us Float64 DEFAULT nan COMMENT 'Time that the gate gave, microseconds',
    delivered_at DateTime64(6, 'UTC') COMMENT 'When it was observed, UTC' CODEC(DoubleDelta, ZSTD(1)),
    INDEX by_decision_id decision_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = {engine}
PARTITION BY toYYYYMM(delivered_at)
ORDER BY (delivered_at, decision_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'How long decisions took to be durable and to reach the gate. Times are UTC.';
