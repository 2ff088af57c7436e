-- Decisions per minute by verdict
-- What gates were answered, counted by when they asked.
-- param since: from then on, UTC (default 24h)
-- param until: before then (default now)
SELECT
    toStartOfMinute(event_time) AS minute,
    countIf(verdict = 'RELEASE') AS released,
    countIf(verdict = 'HOLD') AS held,
    countIf(verdict = 'REFER') AS referred
FROM decisions
WHERE event_time >= {since:DateTime64(6, 'UTC')}
    AND event_time < {until:DateTime64(6, 'UTC')}
    AND kind IN ('ANSWER', 'PROVISIONAL')
GROUP BY minute
ORDER BY minute
