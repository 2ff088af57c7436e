-- Drift of the scores
-- How the scores of gates' answers are spread, period by period, against all before: the population
-- stability index over bins of half a log-odds. Below 0.1 is quiet, above 0.25 is another world.
-- param since: compare periods from then on, UTC (default 7d)
-- param until: before then (default now)
-- param reference: the reference begins then, and ends where the periods begin (default 30d)
-- param period_s: length of a period, seconds (default 86400)
WITH
    arrayDistinct(arrayConcat(known.bins, now.bins)) AS every_bin,
    -- Half an answer in every bin, so that an empty one is no infinity.
    (b, counts, of) -> (arraySum((c, x) -> if(x = b, c, 0), counts, of) + 0.5)
        / (arraySum(counts) + 0.5 * length(every_bin)) AS part,
    arrayMap(b -> part(b, now.counts, now.bins), every_bin) AS p,
    arrayMap(b -> part(b, known.counts, known.bins), every_bin) AS q,
    binned AS
    (
        SELECT
            subject_kind,
            event_time < {since:DateTime64(6, 'UTC')} AS is_reference,
            if(
                is_reference,
                toDateTime(0, 'UTC'),
                toStartOfInterval(event_time, toIntervalSecond({period_s:UInt32}))) AS period,
            toInt16(floor(2 * log_odds)) AS bin,
            count() AS n,
            sum(log_odds) AS total
        FROM decisions
        WHERE event_time >= {reference:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind = 'ANSWER'
            AND isFinite(log_odds)
        GROUP BY subject_kind, is_reference, period, bin
    ),
    known AS
    (
        SELECT subject_kind, groupArray(bin) AS bins, groupArray(n) AS counts, sum(total) AS total
        FROM binned
        WHERE is_reference
        GROUP BY subject_kind
    ),
    now AS
    (
        SELECT
            subject_kind,
            period,
            groupArray(bin) AS bins, groupArray(n) AS counts, sum(total) AS total
        FROM binned
        WHERE NOT is_reference
        GROUP BY subject_kind, period
    )
SELECT
    now.subject_kind AS subject_kind,
    period,
    arraySum(now.counts) AS answers,
    now.total / answers AS mean_log_odds,
    arraySum(known.counts) AS before,
    if(before > 0, known.total / before, nan) AS reference_log_odds,
    if(before > 0, arraySum(arrayMap((x, y) -> (x - y) * log(x / y), p, q)), nan) AS psi
FROM now
LEFT JOIN known ON now.subject_kind = known.subject_kind
ORDER BY subject_kind, period
