-- For the first look: what stopped somebody or revised a decision between two places; newest first.
SELECT
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
    supersedes
FROM haechi.decisions
WHERE shard = {shard:UInt32}
    AND offset > {after:Int64}
    AND offset <= {until:Int64}
    AND (
        kind IN ('REVISION', 'ALERT', 'FOLLOW_UP', 'ESCALATION')
        OR (verdict IN ('HOLD', 'REFER') AND kind IN ('ANSWER', 'PROVISIONAL'))
    )
ORDER BY offset DESC, ordinal DESC
LIMIT 30
