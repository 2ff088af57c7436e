-- How the tasks of cases stand that were decided since a place in the log; the last decision counts.
-- Their places are found over narrow columns first. From the log's beginning on, only what waits.
SELECT
    lower(leftPad(hex(case_key), 16, '0')) AS case_reference,
    offset AS last,
    decision_id,
    task AS state,
    lower(leftPad(hex(task_by), 16, '0')) AS taken_by,
    four_eyes,
    verdict,
    directive,
    subject_kind,
    stage,
    lane,
    gate,
    probability,
    toUnixTimestamp64Micro(ifNull(review_by, toDateTime64(0, 6, 'UTC'))) AS review_by_us,
    toUnixTimestamp64Micro(decided_at) AS since_us
FROM haechi.decisions
WHERE shard = {shard:UInt32}
    AND offset > {after:Int64}
    AND task != 'NONE'
    AND ({after:Int64} >= 0 OR task IN ('OPEN', 'TAKEN', 'SECOND', 'ESCALATED'))
    AND (case_key, bitShiftLeft(toUInt64(offset), 16) + ordinal) IN
    (
        SELECT case_key, max(bitShiftLeft(toUInt64(offset), 16) + ordinal)
        FROM haechi.decisions
        WHERE shard = {shard:UInt32} AND offset > {after:Int64} AND task != 'NONE'
        GROUP BY case_key
    )
