-- Of the latest answers, by stream of evidence: how often it was required, and how often it lacked.
SELECT
    stream,
    count() AS asked,
    countIf(has(missing, stream)) AS lacked,
    countIf(evidence[stream] = 'SENSOR_DOWN') AS sensor_down,
    countIf(evidence[stream] = 'FAILED') AS failed
FROM haechi.decisions
ARRAY JOIN required AS stream
WHERE shard = {shard:UInt32}
    AND kind IN ('ANSWER', 'PROVISIONAL')
    AND offset > {after:Int64}
    AND decided_at >= now64(6, 'UTC') - INTERVAL 15 MINUTE
GROUP BY stream
ORDER BY lacked DESC, stream
