-- For the first look: the tasks that wait up to a place, most urgent first; of each case, the last
-- decision counts. Their places are found over narrow columns first.
SELECT
    lower(leftPad(hex(case_key), 16, '0')) AS case_reference,
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
    toUnixTimestamp64Micro(decided_at) AS decided_us
FROM haechi.decisions
WHERE shard = {shard:UInt32}
    AND task IN ('OPEN', 'TAKEN', 'SECOND', 'ESCALATED')
    AND (case_key, bitShiftLeft(toUInt64(offset), 16) + ordinal) IN
    (
        SELECT case_key, max(bitShiftLeft(toUInt64(offset), 16) + ordinal)
        FROM haechi.decisions
        WHERE shard = {shard:UInt32} AND offset <= {until:Int64} AND task != 'NONE'
        GROUP BY case_key
    )
ORDER BY task = 'ESCALATED' DESC, review_by
LIMIT {most:UInt32}
