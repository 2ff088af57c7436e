-- Stops of an airline's travelers on a day, newest first. The store knows the airline of a flight,
-- not its number.
SELECT
    decision_id,
    kind,
    verdict,
    directive,
    subject_kind,
    stage,
    lane,
    gate,
    toUnixTimestamp64Micro(decided_at) AS decided_us,
    probability,
    task
FROM haechi.decisions
WHERE carrier = {carrier:String}
    AND subject_kind = 'TRAVELER'
    AND event_time >= toDateTime64({day:String}, 6, 'UTC')
    AND event_time < toDateTime64({day:String}, 6, 'UTC') + INTERVAL 1 DAY
    AND verdict != 'RELEASE'
ORDER BY event_time DESC
LIMIT 200
