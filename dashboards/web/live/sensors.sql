-- Where in the log sensors told that they went up or down.
SELECT offset
FROM haechi.events
WHERE kind = 'SENSOR_STATUS' AND offset > {after:Int64}
ORDER BY offset
LIMIT 5000
