-- Sensors that gates found down
-- Where answers had to do without evidence because a sensor was known to be down, when last, and
-- whether a later answer had it again.
-- param since: from then on, UTC (default 1h)
-- param until: before then (default now)
SELECT
    site,
    gate,
    stream,
    countIf(state = 'SENSOR_DOWN') AS answers_without,
    minIf(decisions.event_time, state = 'SENSOR_DOWN') AS first_down,
    maxIf(decisions.event_time, state = 'SENSOR_DOWN') AS last_down,
    maxIf(decisions.event_time, state = 'PRESENT') > last_down AS is_back
FROM decisions
ARRAY JOIN mapKeys(evidence) AS stream, mapValues(evidence) AS state
WHERE event_time >= {since:DateTime64(6, 'UTC')}
    AND event_time < {until:DateTime64(6, 'UTC')}
    AND kind IN ('ANSWER', 'PROVISIONAL')
GROUP BY site, gate, stream
HAVING answers_without > 0
ORDER BY last_down DESC, site, gate, stream
