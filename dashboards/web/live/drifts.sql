-- Drifts that were noticed in the last day, newest first.
SELECT
    subject_kind,
    watched,
    detector,
    before,
    after,
    toUnixTimestamp64Micro(stamped_at) AS at_us
FROM haechi.drift_alarms
WHERE stamped_at >= now64(6, 'UTC') - INTERVAL 1 DAY
ORDER BY stamped_at DESC
LIMIT 8
