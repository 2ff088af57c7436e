-- Latency heat map
-- How many answers took how long, by hour and by clock: decided (from receipt until the core was
-- done), durable (until the log had it) and returned (until the reply left). A bucket doubles every
-- second step; bucket_us is where it begins.
-- param since: from then on, UTC (default 24h)
-- param until: before then (default now)
WITH
    clocks AS
    (
        SELECT
            toStartOfHour(decided_at) AS hour,
            'decided' AS clock,
            toFloat64(queued_us) + applied_us AS took_us
        FROM decisions
        WHERE decided_at >= {since:DateTime64(6, 'UTC')}
            AND decided_at < {until:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind IN ('ANSWER', 'PROVISIONAL')
        UNION ALL
        SELECT
            toStartOfHour(delivered_at) AS hour,
            pair.1 AS clock,
            pair.2 AS took_us
        FROM deliveries
        ARRAY JOIN [('durable', committed_us), ('returned', returned_us)] AS pair
        WHERE delivered_at >= {since:DateTime64(6, 'UTC')}
            AND delivered_at < {until:DateTime64(6, 'UTC')}
    )
SELECT
    hour,
    clock,
    exp2(floor(2 * log2(greatest(took_us, 1))) / 2) AS bucket_us,
    count() AS answers
FROM clocks
WHERE isFinite(took_us)
GROUP BY hour, clock, bucket_us
ORDER BY hour, clock, bucket_us
