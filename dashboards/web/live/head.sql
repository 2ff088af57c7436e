-- How far the store is: the last place in the log after one that is known, and all decisions.
SELECT
    greatest(
        {after:Int64},
        (
            SELECT max(offset)
            FROM haechi.decisions
            WHERE shard = {shard:UInt32} AND offset > {after:Int64}
        )
    ) AS last,
    (SELECT count() FROM haechi.decisions) AS n
