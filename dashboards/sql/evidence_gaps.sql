-- Evidence gaps by hour, site, lane and stream
-- Of the evidence that answers required, how much was not there, and why: ABSENT (nothing came),
-- FAILED (the sensor read nothing) or SENSOR_DOWN.
-- param since: from then on, UTC (default 24h)
-- param until: before then (default now)
SELECT
    toStartOfHour(event_time) AS hour,
    site,
    lane,
    lower(asked) AS stream,
    count() AS required,
    countIf(has(missing, asked)) AS gaps,
    countIf(has(missing, asked) AND evidence[lower(asked)] = '') AS absent,
    countIf(has(missing, asked) AND evidence[lower(asked)] = 'FAILED') AS failed,
    countIf(has(missing, asked) AND evidence[lower(asked)] = 'SENSOR_DOWN') AS sensor_down,
    gaps / required AS share
FROM decisions
ARRAY JOIN decisions.required AS asked
WHERE event_time >= {since:DateTime64(6, 'UTC')}
    AND event_time < {until:DateTime64(6, 'UTC')}
    AND kind IN ('ANSWER', 'PROVISIONAL')
GROUP BY hour, site, lane, stream
ORDER BY hour, site, lane, stream
