-- How far the store is behind
-- The newest event and decision that the store has of each shard, and how old they are. While nothing
-- happens they grow old; the head of the log is told by the engine, not here.
-- param since: look at events from then on, UTC (default 24h)
SELECT
    e.shard AS shard,
    max(e.offset) AS last_offset,
    max(e.stamped_at) AS last_event,
    dateDiff('millisecond', last_event, now64(6, 'UTC')) / 1000 AS event_age_s,
    any(d.last_decision) AS last_decision,
    any(d.decisions) AS decisions
FROM events AS e
LEFT JOIN
(
    SELECT shard, max(decided_at) AS last_decision, count() AS decisions
    FROM decisions
    WHERE decided_at >= {since:DateTime64(6, 'UTC')}
    GROUP BY shard
) AS d ON e.shard = d.shard
WHERE stamped_at >= {since:DateTime64(6, 'UTC')}
GROUP BY shard
ORDER BY shard
