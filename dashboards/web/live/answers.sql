-- What gates were told since a place in the log, by second, lane and verdict; revisions not counted.
SELECT
    toUnixTimestamp(decided_at) AS second,
    lane,
    verdict,
    count() AS n,
    max(offset) AS last
FROM haechi.decisions
WHERE shard = {shard:UInt32}
    AND kind IN ('ANSWER', 'PROVISIONAL')
    AND offset > {after:Int64}
    AND decided_at >= fromUnixTimestamp({since:UInt32})
GROUP BY second, lane, verdict
