-- Latency: p50, p99 and p99.9 of the three clocks
-- Milliseconds: decided, durable and returned as in latency_heatmap.
-- param since: from then on, UTC (default 1h)
-- param until: before then (default now)
WITH
    clocks AS
    (
        SELECT 'decided' AS clock, toFloat64(queued_us) + applied_us AS took_us
        FROM decisions
        WHERE decided_at >= {since:DateTime64(6, 'UTC')}
            AND decided_at < {until:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind IN ('ANSWER', 'PROVISIONAL')
        UNION ALL
        SELECT pair.1 AS clock, pair.2 AS took_us
        FROM deliveries
        ARRAY JOIN [('durable', committed_us), ('returned', returned_us)] AS pair
        WHERE delivered_at >= {since:DateTime64(6, 'UTC')}
            AND delivered_at < {until:DateTime64(6, 'UTC')}
    )
SELECT
    clock,
    count() AS answers,
    quantileExact(0.5)(took_us) / 1000 AS p50_ms,
    quantileExact(0.99)(took_us) / 1000 AS p99_ms,
    quantileExact(0.999)(took_us) / 1000 AS p999_ms
FROM clocks
WHERE isFinite(took_us)
GROUP BY clock
ORDER BY clock
