-- What a decision asks of officers, and what waits for them.
ALTER TABLE {database}.decisions{on_cluster}
    ADD COLUMN IF NOT EXISTS task LowCardinality(String) DEFAULT 'NONE' COMMENT 'How what is asked of officers stands: NONE, OPEN, TAKEN, SECOND, ESCALATED, SETTLED, RELEASED, LAPSED' AFTER propensity,
    ADD COLUMN IF NOT EXISTS task_by UInt64 DEFAULT 0 COMMENT 'Officer who has or had it, a token; 0 for nobody' AFTER task,
    ADD COLUMN IF NOT EXISTS four_eyes Bool DEFAULT false COMMENT 'Two officers must agree to lower the stop' AFTER task_by;
CREATE OR REPLACE VIEW {database}.tasks{on_cluster}
(
    decision_id String COMMENT 'Decision that stands, 32 hex digits: what an act must name',
    case_key UInt64 COMMENT 'Keyed hash of the case',
    subject_kind LowCardinality(String) COMMENT 'What the case is about',
    task LowCardinality(String) COMMENT 'OPEN, TAKEN, SECOND or ESCALATED',
    task_by UInt64 COMMENT 'Officer who has it, a token; 0 for nobody',
    four_eyes Bool COMMENT 'Two officers must agree to lower the stop',
    verdict LowCardinality(String) COMMENT 'What the gate was told',
    directive LowCardinality(String) COMMENT 'Where the subject was sent',
    code_class LowCardinality(String) COMMENT 'The coarse reason',
    stage LowCardinality(String) COMMENT 'Stage that the decision is for',
    lane LowCardinality(String) COMMENT 'Lane that it is for',
    site LowCardinality(String) COMMENT 'Site',
    gate LowCardinality(String) COMMENT 'Gate, or empty',
    log_odds Float64 COMMENT 'Log-odds of a finding',
    review_by Nullable(DateTime64(6, 'UTC')) COMMENT 'By when somebody must act, UTC',
    decided_at DateTime64(6, 'UTC') COMMENT 'When the decision was made, UTC'
)
AS
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
