-- Rules that were met
-- How often each of officers' rules was met by what gates were answered, in force or in shadow, what
-- the verdicts were, and what inspections of those decisions found.
-- param since: from then on, UTC (default 7d)
-- param until: before then (default now)
WITH
    met AS
    (
        SELECT decision_id, verdict, selected_by, hit.1 AS rule, hit.2 AS is_shadow
        FROM decisions
        ARRAY JOIN arrayConcat(
            arrayMap(rule -> (toString(rule), false), rules),
            arrayMap(rule -> (toString(rule), true), shadow_rules)) AS hit
        WHERE event_time >= {since:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind IN ('ANSWER', 'PROVISIONAL')
    )
SELECT
    rule,
    is_shadow,
    count() AS hits,
    countIf(verdict = 'HOLD') AS held,
    countIf(verdict = 'REFER') AS referred,
    countIf(selected_by = 'RULE') AS stopped_by_rule,
    countIf(l.decision_id != '') AS inspected,
    countIf(l.found) AS found,
    if(inspected > 0, found / inspected, nan) AS found_rate
FROM met
LEFT JOIN
(
    SELECT decision_id, found
    FROM labels
    WHERE event_time >= {since:DateTime64(6, 'UTC')}
        AND event_time < {until:DateTime64(6, 'UTC')}
) AS l ON met.decision_id = l.decision_id
GROUP BY rule, is_shadow
ORDER BY hits DESC, rule, is_shadow
