-- What a decision asks of officers, and what waits for them.
ALTER TABLE {database}.decisions{on_cluster}
    ADD COLUMN IF NOT EXISTS task LowCardinality(String) DEFAULT 'NONE' COMMENT 'How what is asked of officers stands: NONE, OPEN, TAKEN, SECOND, ESCALATED, SETTLED, RELEASED, LAPSED' AFTER propensity,
    ADD COLUMN IF NOT EXISTS task_by UInt64 DEFAULT 0 COMMENT 'Officer who has or had it, a token; 0 for nobody' AFTER task,
    ADD COLUMN IF NOT EXISTS four_eyes Bool DEFAULT false COMMENT 'Two officers must agree to lower the stop' AFTER task_by;
CREATE OR REPLACE VIEW {database}.tasks{on_cluster} AS
SELECT
    decision_id,
    case_key,
    subject_kind,
    task,
    task_by,
    four_eyes,
    verdict,
    directive,
    code_class,
    stage,
    lane,
    site,
    gate,
    log_odds,
    review_by,
    decided_at
FROM {database}.decisions
WHERE (shard, epoch, offset, ordinal) IN
(
    SELECT argMax((shard, epoch, offset, ordinal), (epoch, offset, ordinal))
    FROM {database}.decisions
    GROUP BY case_key
)
AND task IN ('OPEN', 'TAKEN', 'SECOND', 'ESCALATED')
COMMENT 'What waits for officers now, by the last decision about each case';
