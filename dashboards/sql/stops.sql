-- Holds and referrals that wait for officers now
-- The last decision about each case that somebody still has to act on, the most urgent first.
-- param since: decided from then on, UTC (default 24h)
-- param most: rows at most (default 1000)
WITH cases AS
(
    SELECT DISTINCT case_key
    FROM decisions
    WHERE event_time >= {since:DateTime64(6, 'UTC')}
        AND task IN ('OPEN', 'TAKEN', 'SECOND', 'ESCALATED')
)
SELECT
    review_by,
    dateDiff('second', now64(6, 'UTC'), review_by) AS left_s,
    task,
    verdict,
    directive,
    code_class,
    subject_kind,
    stage,
    lane,
    site,
    gate,
    probability,
    reasons,
    four_eyes,
    if(task_by = 0, '', lower(leftPad(hex(task_by), 16, '0'))) AS officer,
    decided_at,
    subject_hex,
    decision_id
FROM decisions
WHERE (shard, epoch, offset, ordinal) IN
(
    SELECT argMax((shard, epoch, offset, ordinal), (epoch, offset, ordinal))
    FROM decisions
    WHERE case_key IN (SELECT case_key FROM cases)
    GROUP BY case_key
)
AND case_key IN (SELECT case_key FROM cases)
AND task IN ('OPEN', 'TAKEN', 'SECOND', 'ESCALATED')
ORDER BY review_by, decision_id
LIMIT {most:UInt32}
