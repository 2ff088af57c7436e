-- Decisions about whomever a name leads to: as their subject, or because an event that gave this
-- name caused them. Newest first.
SELECT
    decision_id,
    kind,
    verdict,
    directive,
    subject_kind,
    stage,
    lane,
    gate,
    toUnixTimestamp64Micro(decided_at) AS decided_us,
    probability,
    task
FROM haechi.decisions
WHERE case_key IN
(
    SELECT case_key
    FROM haechi.decisions
    WHERE subject = {subject:UInt64}
        OR (
            offset IN (SELECT offset FROM haechi.events WHERE subject = {subject:UInt64})
            AND trigger_event_id IN
            (
                SELECT event_id FROM haechi.events WHERE subject = {subject:UInt64}
            )
        )
)
ORDER BY offset DESC, ordinal DESC
LIMIT 200
