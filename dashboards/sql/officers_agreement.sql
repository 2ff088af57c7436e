-- Officers' agreement with holds and referrals
-- What the last officer did who acted on each decision: kept the verdict, lowered or raised it, and
-- how often an inspection then found something. An override is no label.
-- param since: acted from then on, UTC (default 7d)
-- param until: before then (default now)
WITH
    3.841458820694124 AS z2,
    (share, n) -> (share + z2 / (2 * n)) / (1 + z2 / n) AS middle,
    (share, n) -> sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n) AS half,
    (share, n) -> if(n > 0, greatest(0., middle(share, n) - half(share, n)), nan) AS lower_bound,
    (share, n) -> if(n > 0, least(1., middle(share, n) + half(share, n)), nan) AS upper_bound,
    acted AS
    (
        SELECT
            decision_id,
            argMax((from_verdict, to_verdict), (actions.event_time, actions.offset)) AS act
        FROM actions
        WHERE event_time >= {since:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND actor_kind = 'OFFICER'
            AND from_verdict != 'RELEASE'
        GROUP BY decision_id
    ),
    decided AS
    (
        SELECT decision_id, subject_kind, lane
        FROM decisions
        WHERE verdict != 'RELEASE' AND decision_id IN (SELECT decision_id FROM acted)
    ),
    opened AS
    (
        SELECT decision_id, max(result = 'FOUND') AS found
        FROM outcomes
        WHERE result IN ('FOUND', 'NOTHING')
            AND decision_id IN (SELECT decision_id FROM acted)
            AND event_id NOT IN
            (
                SELECT corrects_event_id FROM outcomes WHERE corrects_event_id != ''
            )
        GROUP BY decision_id
    )
SELECT
    decided.subject_kind AS subject_kind,
    decided.lane AS lane,
    acted.act.1 AS verdict,
    count() AS acts,
    countIf(acted.act.2 = acted.act.1) AS kept,
    countIf(acted.act.2 = 'RELEASE') AS lowered,
    acts - kept - lowered AS changed_otherwise,
    kept / acts AS agreement,
    lower_bound(agreement, acts) AS agreement_low,
    upper_bound(agreement, acts) AS agreement_high,
    countIf(opened.decision_id != '') AS inspected,
    countIf(opened.found) AS found
FROM acted
INNER JOIN decided ON acted.decision_id = decided.decision_id
LEFT JOIN opened ON acted.decision_id = opened.decision_id
GROUP BY subject_kind, lane, verdict
ORDER BY subject_kind, lane, verdict
