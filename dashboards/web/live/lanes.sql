-- Of the latest answers, by lane: how many were held, what share was promised, and who waits.
SELECT
    lane,
    count() AS n,
    countIf(verdict = 'HOLD') AS holds,
    countIf(verdict = 'REFER') AS refers,
    argMax(promised, offset) AS promised,
    argMax(held, offset) AS held,
    argMax(waiting, offset) AS waiting,
    argMax(inspection_wait_us, offset) AS wait_us,
    countIf(fell_out) AS fell_out,
    quantileTDigestIf(0.99)(queued_us, isFinite(queued_us)) AS queued_us_p99
FROM haechi.decisions
WHERE shard = {shard:UInt32}
    AND kind IN ('ANSWER', 'PROVISIONAL')
    AND offset > {after:Int64}
    AND decided_at >= now64(6, 'UTC') - INTERVAL 15 MINUTE
GROUP BY lane
ORDER BY lane
