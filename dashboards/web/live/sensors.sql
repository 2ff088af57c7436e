-- Where in the log sensors told that they went up or down.
SELECT offset
FROM haechi.events
WHERE shard = {shard:UInt32} AND kind = 'SENSOR_STATUS' AND offset > {after:Int64}
ORDER BY offset
LIMIT 5000
