-- Revisions, alerts and follow-ups
-- What was decided anew after an answer, with the verdict before and how far the world had acted,
-- the latest first.
-- param since: from then on, UTC (default 24h)
-- param until: before then (default now)
-- param most: rows at most (default 1000)
WITH revised AS
(
    SELECT *, probability, subject_hex
    FROM decisions
    WHERE decided_at >= {since:DateTime64(6, 'UTC')}
        AND decided_at < {until:DateTime64(6, 'UTC')}
        AND kind IN ('REVISION', 'ALERT', 'FOLLOW_UP', 'ESCALATION')
    ORDER BY decided_at DESC, decision_id
    LIMIT {most:UInt32}
)
SELECT
    r.decided_at AS decided_at,
    r.kind AS kind,
    b.verdict AS verdict_before,
    r.verdict AS verdict,
    r.phase AS phase,
    r.code_class AS code_class,
    r.subject_kind AS subject_kind,
    r.stage AS stage,
    r.lane AS lane,
    r.gate AS gate,
    r.probability AS probability,
    r.reasons AS reasons,
    r.subject_hex AS subject_hex,
    r.decision_id AS decision_id,
    r.supersedes AS supersedes
FROM revised AS r
LEFT JOIN
(
    SELECT decision_id, verdict
    FROM decisions
    WHERE case_key IN (SELECT case_key FROM revised)
        AND decision_id IN (SELECT supersedes FROM revised)
) AS b ON r.supersedes = b.decision_id
ORDER BY decided_at DESC, decision_id
