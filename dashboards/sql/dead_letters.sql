-- Dead letters by reason and source
-- What came in and could not become an event; the bytes are in the log.
-- param since: from then on, UTC (default 24h)
-- param until: before then (default now)
SELECT
    reason,
    source,
    count() AS letters,
    sum(size_bytes) AS bytes,
    min(stamped_at) AS first,
    max(stamped_at) AS last,
    argMax(detail, stamped_at) AS last_detail
FROM dead_letters
WHERE stamped_at >= {since:DateTime64(6, 'UTC')}
    AND stamped_at < {until:DateTime64(6, 'UTC')}
GROUP BY reason, source
ORDER BY letters DESC, reason, source
