-- What inspections found, beside what was decided: outcomes name a decision by an id of 32 digits,
-- and to look a month of them up among ten million takes seconds. The shipper inserts decisions
-- before outcomes, so each finds its decision as it comes. A row that comes twice changes nothing:
-- `labels` counts a decision once, whatever was inserted again. It can be made anew at any time:
-- haechi query --rebuild.
CREATE TABLE IF NOT EXISTS {database}.labelled{on_cluster}
(
    shard UInt32 COMMENT 'Shard whose log holds the outcome',
    offset Int64 COMMENT 'Log position of the outcome' CODEC(Delta, ZSTD(1)),
    event_id String COMMENT 'Outcome, 32 hex digits' CODEC(ZSTD(1)),
    result LowCardinality(String) COMMENT 'FOUND or NOTHING',
    inspected_by LowCardinality(String) COMMENT 'MODEL, RULE, RANDOM, OFFICER: why someone looked, as the outcome says',
    stated Float64 COMMENT 'Probability of being chosen, as the outcome says, NaN where it does not',
    labelled_at DateTime64(6, 'UTC') COMMENT 'When the result stood, UTC' CODEC(DoubleDelta, ZSTD(1)),
    decision_id String COMMENT 'Decision that led to the inspection, 32 hex digits' CODEC(ZSTD(1)),
    case_key UInt64 COMMENT 'Keyed hash of the case',
    event_time DateTime64(6, 'UTC') COMMENT 'When the trigger of the decision happened, UTC' CODEC(DoubleDelta, ZSTD(1)),
    kind LowCardinality(String) COMMENT 'Kind of the decision',
    subject_kind LowCardinality(String) COMMENT 'TRAVELER or PARCEL',
    lane LowCardinality(String) COMMENT 'Lane of the policy',
    stage LowCardinality(String) COMMENT 'Stage that the decision was for',
    hs_chapter UInt8 COMMENT 'HS chapter of a parcel, 0 for none',
    origin LowCardinality(String) COMMENT 'Country of origin, empty for none',
    verdict LowCardinality(String) COMMENT 'RELEASE, HOLD, REFER',
    code_class LowCardinality(String) COMMENT 'Coarse reason that the gate was told',
    selected_by LowCardinality(String) COMMENT 'Who selected it, as the decision says',
    propensity Float64 COMMENT 'Probability of being inspected, as the decision says',
    routed LowCardinality(String) COMMENT 'Lane whose policy held by a rule, empty for its own',
    bar Float64 COMMENT 'Log-odds that it took to join the queue; NaN while everybody could',
    log_odds Float64 COMMENT 'Score',
    selection Float64 COMMENT 'What was held against hold_at',
    refer_at Float64 COMMENT 'REFER at or above this log-odds'
)
ENGINE = {engine}
PARTITION BY toYYYYMM(event_time)
ORDER BY (event_time, decision_id, event_id)
COMMENT 'Outcomes that are labels, with the decisions that led to them; made from outcomes and decisions';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.labelled_now{on_cluster} TO {database}.labelled
AS
SELECT
    o.shard AS shard, o.offset AS offset, o.event_id AS event_id, o.result AS result,
    o.selected_by AS inspected_by, o.propensity AS stated, o.event_time AS labelled_at,
    d.decision_id AS decision_id, d.case_key AS case_key, d.event_time AS event_time,
    d.kind AS kind, d.subject_kind AS subject_kind, d.lane AS lane, d.stage AS stage,
    d.hs_chapter AS hs_chapter, d.origin AS origin, d.verdict AS verdict,
    d.code_class AS code_class, d.selected_by AS selected_by, d.propensity AS propensity,
    d.routed AS routed, d.bar AS bar, d.log_odds AS log_odds, d.selection AS selection,
    d.refer_at AS refer_at
FROM {database}.outcomes AS o
INNER JOIN
(
    SELECT
        decision_id, case_key, event_time, kind, subject_kind, lane, stage, hs_chapter, origin,
        verdict, code_class, selected_by, propensity, routed, bar, log_odds, selection, refer_at
    FROM {database}.decisions
    WHERE decision_id IN (SELECT decision_id FROM {database}.outcomes)
) AS d ON o.decision_id = d.decision_id
WHERE o.result IN ('FOUND', 'NOTHING')
COMMENT 'Fills labelled as outcomes come';

-- As the monitor counts: of two outcomes of a decision the first stands, unless a later one finds
-- what it did not; corrected ones are gone.
CREATE OR REPLACE VIEW {database}.labels{on_cluster}
(
    decision_id String COMMENT 'Decision that led to the inspection, 32 hex digits',
    event_time DateTime64(6, 'UTC') COMMENT 'When the trigger of the decision happened, UTC',
    case_key UInt64 COMMENT 'Keyed hash of the case',
    kind LowCardinality(String) COMMENT 'Kind of the decision',
    subject_kind LowCardinality(String) COMMENT 'TRAVELER or PARCEL',
    lane LowCardinality(String) COMMENT 'Lane of the policy',
    stage LowCardinality(String) COMMENT 'Stage that the decision was for',
    hs_chapter UInt8 COMMENT 'HS chapter of a parcel, 0 for none',
    origin LowCardinality(String) COMMENT 'Country of origin, empty for none',
    verdict LowCardinality(String) COMMENT 'RELEASE, HOLD, REFER',
    code_class LowCardinality(String) COMMENT 'Coarse reason that the gate was told',
    selected_by LowCardinality(String) COMMENT 'Who selected it, as the decision says',
    routed LowCardinality(String) COMMENT 'Lane whose policy held by a rule, empty for its own',
    bar Float64 COMMENT 'Log-odds that it took to join the queue; NaN while everybody could',
    log_odds Float64 COMMENT 'Score',
    selection Float64 COMMENT 'What was held against hold_at',
    refer_at Float64 COMMENT 'REFER at or above this log-odds',
    found Bool COMMENT 'Whether something was found',
    labelled_at DateTime64(6, 'UTC') COMMENT 'When the result stood, UTC',
    propensity Float64 COMMENT 'Probability of being inspected, in (0, 1]: what the chooser says, else the decision''s; NaN where it is not known',
    chosen_by LowCardinality(String) COMMENT 'MODEL, or RANDOM and others whose chance is known, or empty: an officer''s own choice'
)
AS
WITH
    -- The greatest stands: a find before nothing, then the earlier.
    if(l.result = 'FOUND', toInt64(4611686018427387904), 0) - l.offset AS rank,
    argMax(
        if(isNaN(l.stated) AND l.inspected_by != 'OFFICER', l.propensity, l.stated),
        rank) AS stands
SELECT
    l.decision_id AS decision_id,
    l.event_time AS event_time,
    any(l.case_key) AS case_key,
    any(l.kind) AS kind,
    any(l.subject_kind) AS subject_kind,
    any(l.lane) AS lane,
    any(l.stage) AS stage,
    any(l.hs_chapter) AS hs_chapter,
    any(l.origin) AS origin,
    any(l.verdict) AS verdict,
    any(l.code_class) AS code_class,
    any(l.selected_by) AS selected_by,
    any(l.routed) AS routed,
    any(l.bar) AS bar,
    any(l.log_odds) AS log_odds,
    any(l.selection) AS selection,
    any(l.refer_at) AS refer_at,
    max(l.result = 'FOUND') AS found,
    argMax(l.labelled_at, rank) AS labelled_at,
    if(stands > 0 AND stands <= 1, stands, nan) AS propensity,
    multiIf(isNaN(propensity), '', any(l.selected_by) = 'MODEL', 'MODEL', 'RANDOM') AS chosen_by
FROM {database}.labelled AS l
WHERE l.event_id NOT IN
(
    SELECT corrects_event_id FROM {database}.outcomes WHERE corrects_event_id != ''
)
GROUP BY l.decision_id, l.event_time
COMMENT 'Labels with the decisions that led to them: one for each decision that was inspected';

-- What came before there was this table.
INSERT INTO {database}.labelled
SELECT
    o.shard AS shard, o.offset AS offset, o.event_id AS event_id, o.result AS result,
    o.selected_by AS inspected_by, o.propensity AS stated, o.event_time AS labelled_at,
    d.decision_id AS decision_id, d.case_key AS case_key, d.event_time AS event_time,
    d.kind AS kind, d.subject_kind AS subject_kind, d.lane AS lane, d.stage AS stage,
    d.hs_chapter AS hs_chapter, d.origin AS origin, d.verdict AS verdict,
    d.code_class AS code_class, d.selected_by AS selected_by, d.propensity AS propensity,
    d.routed AS routed, d.bar AS bar, d.log_odds AS log_odds, d.selection AS selection,
    d.refer_at AS refer_at
FROM {database}.outcomes AS o
INNER JOIN
(
    SELECT
        decision_id, case_key, event_time, kind, subject_kind, lane, stage, hs_chapter, origin,
        verdict, code_class, selected_by, propensity, routed, bar, log_odds, selection, refer_at
    FROM {database}.decisions
    WHERE decision_id IN (SELECT decision_id FROM {database}.outcomes)
) AS d ON o.decision_id = d.decision_id
WHERE o.result IN ('FOUND', 'NOTHING');
