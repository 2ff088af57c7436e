-- Capture rate of faces by gate
-- Of the answers that required a face, how many had one. What cameras saw stays in the log, so it is
-- told by the gate that the camera serves; by camera, haechi_faces_outcomes_total of the metrics
-- counts what became of every face.
-- param since: from then on, UTC (default 24h)
-- param until: before then (default now)
SELECT
    site,
    gate,
    count() AS required_face,
    countIf(NOT has(missing, 'FACE')) AS captured,
    countIf(has(missing, 'FACE') AND evidence['face'] = 'FAILED') AS failed,
    countIf(has(missing, 'FACE') AND evidence['face'] = 'SENSOR_DOWN') AS sensor_down,
    captured / required_face AS capture_rate
FROM decisions
WHERE event_time >= {since:DateTime64(6, 'UTC')}
    AND event_time < {until:DateTime64(6, 'UTC')}
    AND kind IN ('ANSWER', 'PROVISIONAL')
    AND has(required, 'FACE')
GROUP BY site, gate
ORDER BY site, gate
