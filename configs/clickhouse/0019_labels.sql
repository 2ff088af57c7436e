-- What inspections found about decisions, as analysts and the monitor count it: of two outcomes of
-- one decision the first stands, unless a later one finds what it did not; corrected ones are gone.
CREATE OR REPLACE VIEW {database}.labels{on_cluster}
(
    decision_id String COMMENT 'Decision that led to the inspection, 32 hex digits',
    case_key UInt64 COMMENT 'Keyed hash of the case',
    event_time DateTime64(6, 'UTC') COMMENT 'When it was decided, by the trigger''s clock, UTC',
    subject_kind LowCardinality(String) COMMENT 'TRAVELER or PARCEL',
    lane LowCardinality(String) COMMENT 'Lane of the policy',
    stage LowCardinality(String) COMMENT 'Stage that the decision was for',
    hs_chapter UInt8 COMMENT 'HS chapter of a parcel, 0 for none',
    origin LowCardinality(String) COMMENT 'Country of origin, empty for none',
    verdict LowCardinality(String) COMMENT 'RELEASE, HOLD, REFER',
    chosen_by LowCardinality(String) COMMENT 'MODEL, or RANDOM and others whose chance is known, or empty: an officer''s own choice',
    propensity Float64 COMMENT 'Probability of being inspected, in (0, 1]; NaN where it is not known',
    found Bool COMMENT 'Whether something was found',
    labelled_at DateTime64(6, 'UTC') COMMENT 'When the result stood, UTC'
)
AS
WITH outcome AS
(
    SELECT
        decision_id AS inspected,
        max(result = 'FOUND') AS found,
        argMax(
            (selected_by, propensity, event_time),
            (result = 'FOUND', -shard, -offset)) AS stands
    FROM {database}.outcomes
    WHERE result IN ('FOUND', 'NOTHING') AND decision_id != '' AND event_id NOT IN
    (
        SELECT corrects_event_id FROM {database}.outcomes WHERE corrects_event_id != ''
    )
    GROUP BY decision_id
),
if(isNaN(o.stands.2) AND o.stands.1 != 'OFFICER', d.propensity, o.stands.2) AS stated,
if(stated > 0 AND stated <= 1, stated, nan) AS chance
SELECT
    d.decision_id AS decision_id,
    d.case_key AS case_key,
    d.event_time AS event_time,
    d.subject_kind AS subject_kind,
    d.lane AS lane,
    d.stage AS stage,
    d.hs_chapter AS hs_chapter,
    d.origin AS origin,
    d.verdict AS verdict,
    multiIf(isNaN(chance), '', d.selected_by = 'MODEL', 'MODEL', 'RANDOM') AS chosen_by,
    chance AS propensity,
    o.found AS found,
    o.stands.3 AS labelled_at
FROM {database}.decisions AS d
INNER JOIN outcome AS o ON d.decision_id = o.inspected
WHERE d.case_key IN
(
    SELECT case_key FROM {database}.outcomes WHERE result IN ('FOUND', 'NOTHING')
)
COMMENT 'Labels with the decisions that led to them: one for each decision that was inspected';
