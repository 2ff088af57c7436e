-- What could not become an event: by reason, in all and in the last hour.
SELECT
    reason,
    count() AS n,
    countIf(stamped_at >= now64(6, 'UTC') - INTERVAL 1 HOUR) AS hour
FROM haechi.dead_letters
GROUP BY reason
ORDER BY n DESC
LIMIT 8
