-- What a decision rests on beside its features, so that it can be decided anew under other rules.
ALTER TABLE {database}.decisions{on_cluster}
    ADD COLUMN IF NOT EXISTS selection Float64 DEFAULT log_odds COMMENT 'What was held against hold_at: the log-odds, or what a promised share is chosen by' AFTER log_odds,
    ADD COLUMN IF NOT EXISTS explore Float64 DEFAULT 0 COMMENT 'Probability with which it is inspected if it would be released' AFTER draw,
    ADD COLUMN IF NOT EXISTS face Float64 DEFAULT 0 COMMENT 'Log-odds that the camera added against the subject' AFTER selection,
    ADD COLUMN IF NOT EXISTS excused Array(LowCardinality(String)) COMMENT 'Streams that may be missing because a fresh clearance had them' AFTER missing,
    ADD COLUMN IF NOT EXISTS is_crowded Bool DEFAULT false COMMENT 'It has more links than are read' AFTER excused,
    ADD COLUMN IF NOT EXISTS routed LowCardinality(String) COMMENT 'Lane whose policy held by a rule, empty for its own' AFTER lane;
-- A copy of the answers with a column a feature (f_), which a backtest completes before it reads.
CREATE TABLE IF NOT EXISTS {database}.answers{on_cluster}
(
    shard UInt32 COMMENT 'Shard that decided',
    offset Int64 COMMENT 'Log position of the trigger' CODEC(Delta, ZSTD(1)),
    ordinal UInt16 COMMENT 'Place among the decisions of its trigger' CODEC(ZSTD(1)),
    decided_us Int64 COMMENT 'Stamp of the trigger, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    id_hi UInt64 COMMENT 'First half of decision_id',
    id_lo UInt64 COMMENT 'Second half',
    case_key UInt64 COMMENT 'Keyed hash of the case',
    node UInt8 COMMENT 'Kind of case: 1 traveler, 2 parcel',
    lane UInt8 COMMENT 'Number of the lane, 0 for one that lanes.toml does not have',
    stage UInt8 COMMENT 'Number of the stage',
    verdict UInt8 COMMENT '1 RELEASE, 2 HOLD, 3 REFER',
    routed Bool COMMENT 'Something beside its lane''s policy decided: another lane''s, an officer, or the queue',
    promised Bool COMMENT 'Its lane promises a share that is to be held',
    withheld Bool COMMENT 'Required evidence was missing that nothing excused',
    crowded Bool COMMENT 'It has more links than are read',
    log_odds Float64 COMMENT 'Without what rules added',
    selection Float64 COMMENT 'What was held against hold_at, likewise',
    hold_at Float64 COMMENT 'HOLD at or above it',
    refer_at Float64 COMMENT 'REFER at or above it',
    draw Float64 COMMENT 'The case''s random draw',
    explore Float64 COMMENT 'Probability with which it is inspected if it would be released',
    face Float64 COMMENT 'Log-odds that the camera added against the subject',
    propensity Float64 COMMENT 'Probability with which it was to be inspected, NaN where it was not chosen'
)
ENGINE = {engine}
PARTITION BY toYYYYMM(toDateTime(intDiv(decided_us, 1000000), 'UTC'))
ORDER BY (node, decided_us, shard, offset, ordinal)
COMMENT 'What gates were answered, laid out for backtests; made from decisions, and again if it is emptied';
