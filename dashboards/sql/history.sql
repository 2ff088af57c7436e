-- A traveler's or a parcel's history
-- Everything that was joined, decided, done and found about one subject, in order. The subject is
-- named by its keyed hash, 16 hex digits, as decisions show it (subject_hex);
-- --traveler ID and --parcel ID make it from a clear name with the installation's key.
-- param subject: keyed hash of the subject, 16 hex digits (default none)
WITH
    reinterpretAsUInt64(reverse(unhex({subject:String}))) AS whom,
    about AS
    (
        SELECT
            decided_at, case_key, kind, stage, gate, verdict, directive, code_class, reasons,
            probability, decision_id, trigger_event_id
        FROM decisions
        WHERE subject = whom
    )
SELECT at, what, kind, stage, place, verdict, detail, id
FROM
(
    SELECT
        stamped_at AS at, 'event' AS what, toString(events.kind) AS kind, '' AS stage,
        toString(source) AS place, '' AS verdict,
        if(is_duplicate, 'came again', '') AS detail, event_id AS id, 0 AS rank
    FROM events
    WHERE subject = whom
        OR subject IN (SELECT case_key FROM about)
        OR event_id IN (SELECT trigger_event_id FROM about)
    UNION ALL
    SELECT
        decided_at, 'decision', toString(kind), toString(stage), toString(gate), toString(verdict),
        concat(
            toString(code_class), ' ', toString(directive), ' ', toString(round(probability, 4)),
            ' ', arrayStringConcat(reasons, ',')),
        decision_id, 1
    FROM about
    UNION ALL
    SELECT
        stamped_at, 'action', toString(actor_kind), '', toString(actor), toString(to_verdict),
        concat(toString(action), ' ', toString(reason_code)), decision_id, 2
    FROM actions
    WHERE decision_id IN (SELECT decision_id FROM about)
    UNION ALL
    SELECT
        stamped_at, 'outcome', toString(selected_by), '', toString(method), toString(result),
        concat(toString(offence_class), ' ', toString(substance)), decision_id, 3
    FROM outcomes
    WHERE decision_id IN (SELECT decision_id FROM about)
)
ORDER BY at, rank, id
