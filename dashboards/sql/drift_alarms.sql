-- Drift alarms that the monitor raised
-- What changed, which detector noticed, and the means before and after.
-- param since: from then on, UTC (default 30d)
-- param until: before then (default now)
SELECT stamped_at, subject_kind, watched, detector, before, after, event_id
FROM drift_alarms
WHERE stamped_at >= {since:DateTime64(6, 'UTC')}
    AND stamped_at < {until:DateTime64(6, 'UTC')}
ORDER BY stamped_at, event_id
