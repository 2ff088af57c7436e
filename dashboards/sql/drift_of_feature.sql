-- Drift of a feature
-- How one feature of gates' answers is spread, period by period, against all before: the population
-- stability index over bins that widen with the value (halves of asinh(100 x)); answers without the
-- feature are a bin of their own. Below 0.1 is quiet, above 0.25 is another world.
-- param feature: name of the feature, as in decisions_wide without f_ (default tax_rate)
-- param since: compare periods from then on, UTC (default 7d)
-- param until: before then (default now)
-- param reference: the reference begins then, and ends where the periods begin (default 14d)
-- param period_s: length of a period, seconds (default 86400)
WITH
    arrayDistinct(arrayConcat(known.bins, now.bins)) AS every_bin,
    -- Half an answer in every bin, so that an empty one is no infinity.
    (b, counts, of) -> (arraySum((c, x) -> if(x = b, c, 0), counts, of) + 0.5)
        / (arraySum(counts) + 0.5 * length(every_bin)) AS part,
    arrayMap(b -> part(b, now.counts, now.bins), every_bin) AS p,
    arrayMap(b -> part(b, known.counts, known.bins), every_bin) AS q,
    -- Found once, and its value taken from there: to ask the map for both costs half as much again.
    indexOf(features.keys, {feature:String}) AS place,
    features.values[place] AS value,
    place > 0 AND isFinite(value) AS is_there,
    binned AS
    (
        SELECT
            subject_kind,
            event_time < {since:DateTime64(6, 'UTC')} AS is_reference,
            if(
                is_reference,
                toDateTime(0, 'UTC'),
                toStartOfInterval(event_time, toIntervalSecond({period_s:UInt32}))) AS period,
            if(is_there, toInt16(floor(2 * asinh(100 * value))), toInt16(-32768)) AS bin,
            count() AS n,
            countIf(is_there) AS with_it,
            sumIf(value, is_there) AS total
        FROM decisions
        WHERE event_time >= {reference:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind = 'ANSWER'
        GROUP BY subject_kind, is_reference, period, bin
    ),
    known AS
    (
        SELECT
            subject_kind,
            groupArray(bin) AS bins, groupArray(n) AS counts,
            sum(total) AS total, sum(with_it) AS with_it
        FROM binned
        WHERE is_reference
        GROUP BY subject_kind
    ),
    now AS
    (
        SELECT
            subject_kind,
            period,
            groupArray(bin) AS bins, groupArray(n) AS counts,
            sum(total) AS total, sum(with_it) AS with_it
        FROM binned
        WHERE NOT is_reference
        GROUP BY subject_kind, period
    )
SELECT
    now.subject_kind AS subject_kind,
    period,
    arraySum(now.counts) AS answers,
    now.with_it AS with_feature,
    if(now.with_it > 0, now.total / now.with_it, nan) AS mean,
    arraySum(known.counts) AS before,
    if(known.with_it > 0, known.total / known.with_it, nan) AS reference_mean,
    if(before > 0, arraySum(arrayMap((x, y) -> (x - y) * log(x / y), p, q)), nan) AS psi
FROM now
LEFT JOIN known ON now.subject_kind = known.subject_kind
ORDER BY subject_kind, period
