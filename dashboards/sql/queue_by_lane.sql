-- Queue for officers by lane
-- What waits now by the last decision about each case, how soon it is due and how long the oldest
-- has waited, and how full the last decision found the queue.
-- param since: decided from then on, UTC (default 24h)
WITH cases AS
(
    SELECT DISTINCT case_key
    FROM decisions
    WHERE event_time >= {since:DateTime64(6, 'UTC')}
        AND task IN ('OPEN', 'TAKEN', 'SECOND', 'ESCALATED')
)
SELECT
    subject_kind,
    lane,
    count() AS tasks,
    countIf(task = 'OPEN') AS open,
    countIf(task IN ('TAKEN', 'SECOND')) AS taken,
    countIf(task = 'ESCALATED') AS escalated,
    countIf(verdict = 'HOLD') AS holds,
    countIf(d.review_by < now64(6, 'UTC')) AS overdue,
    min(d.review_by) AS next_review_by,
    dateDiff('second', min(decided_at), now64(6, 'UTC')) AS oldest_s,
    argMax(waiting, decided_at) AS waiting_when_last_decided,
    argMax(inspection_wait_us, decided_at) / 1e6 AS wait_when_last_decided_s
FROM decisions AS d
WHERE (shard, epoch, offset, ordinal) IN
(
    SELECT argMax((shard, epoch, offset, ordinal), (epoch, offset, ordinal))
    FROM decisions
    WHERE case_key IN (SELECT case_key FROM cases)
    GROUP BY case_key
)
AND case_key IN (SELECT case_key FROM cases)
AND task IN ('OPEN', 'TAKEN', 'SECOND', 'ESCALATED')
GROUP BY subject_kind, lane
ORDER BY subject_kind, lane
