-- What stopped somebody, revised a decision or changed a task, after a place in the log; oldest first.
SELECT
    lower(leftPad(hex(case_key), 16, '0')) AS case_reference,
    decision_id,
    offset,
    kind,
    verdict,
    directive,
    code_class,
    subject_kind,
    stage,
    lane,
    gate,
    toUnixTimestamp64Micro(decided_at) AS decided_us,
    probability,
    arraySlice(reasons, 1, 3) AS top,
    arraySlice(reason_contributions, 1, 3) AS weights,
    supersedes,
    task AS state,
    lower(leftPad(hex(task_by), 16, '0')) AS taken_by,
    four_eyes,
    toUnixTimestamp64Micro(ifNull(review_by, toDateTime64(0, 6, 'UTC'))) AS review_by_us,
    kind IN ('REVISION', 'ALERT', 'FOLLOW_UP', 'ESCALATION')
        OR (verdict IN ('HOLD', 'REFER') AND kind IN ('ANSWER', 'PROVISIONAL')) AS stopped
FROM haechi.decisions
WHERE shard = {shard:UInt32} AND offset > {after:Int64} AND (stopped OR task != 'NONE')
ORDER BY offset, ordinal
