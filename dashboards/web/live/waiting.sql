-- How the tasks of cases stand that were decided since a place in the log; the last decision counts.
SELECT
    lower(leftPad(hex(case_key), 16, '0')) AS case_reference,
    max(offset) AS last,
    argMax(
        (
            decision_id,
            task,
            lower(leftPad(hex(task_by), 16, '0')),
            four_eyes,
            verdict,
            directive,
            subject_kind,
            stage,
            lane,
            gate,
            probability,
            toUnixTimestamp64Micro(ifNull(review_by, toDateTime64(0, 6, 'UTC'))),
            toUnixTimestamp64Micro(decided_at)
        ),
        (epoch, offset, ordinal)
    ) AS told
FROM haechi.decisions
WHERE offset > {after:Int64} AND task != 'NONE'
GROUP BY case_key
HAVING {after:Int64} >= 0 OR told.2 IN ('OPEN', 'TAKEN', 'SECOND', 'ESCALATED')
