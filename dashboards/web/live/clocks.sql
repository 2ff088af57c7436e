-- How long decisions took to be returned and to be durable, microseconds, of the last five minutes.
SELECT
    count() AS n,
    quantilesTDigestIf(0.5, 0.99, 0.999)(returned_us, isFinite(returned_us)) AS returned,
    quantilesTDigestIf(0.5, 0.99, 0.999)(committed_us, isFinite(committed_us)) AS durable
FROM haechi.deliveries
WHERE shard = {shard:UInt32} AND delivered_at >= now64(6, 'UTC') - INTERVAL 5 MINUTE
