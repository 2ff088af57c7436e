-- When a standby was promoted, its log counts from there on: what the engine that it took the place
-- of had shipped beyond that is in no log any more. Its rows leave the tables, so that no question
-- counts them, and are kept here.
CREATE TABLE IF NOT EXISTS {database}.promotions{on_cluster}
(
    shard UInt32 COMMENT 'Shard',
    epoch UInt64 COMMENT 'Least epoch of the promoted engine; whatever has a lower one and a later offset is an orphan',
    offset Int64 COMMENT 'Log position at which the promoted engine began to write',
    noted_at DateTime64(6, 'UTC') COMMENT 'When its rows were made to count, UTC'
)
ENGINE = {engine}
ORDER BY (shard, epoch)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Promotions of standbys. Times are UTC.';
CREATE TABLE IF NOT EXISTS {database}.orphans{on_cluster}
(
    shard UInt32 COMMENT 'Shard',
    epoch UInt64 COMMENT 'Epoch of the promotion that orphaned the row',
    in_table LowCardinality(String) COMMENT 'Table that it was taken from',
    offset Int64 COMMENT 'Its log position in the log that is gone',
    orphaned_at DateTime64(6, 'UTC') COMMENT 'When, UTC',
    said String COMMENT 'The row, as JSON' CODEC(ZSTD(3))
)
ENGINE = {engine}
ORDER BY (shard, epoch, in_table, offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Rows of an engine that was superseded, beyond the log of the promoted one: decided and perhaps told, and in no log. Times are UTC.';
