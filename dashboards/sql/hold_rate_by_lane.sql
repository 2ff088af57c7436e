-- Hold rate and precision by lane
-- How many of the cases that came to a gate were held or referred by the first answer that they got
-- at each stage, and in how many of those that the model chose and officers opened something was
-- found, with an interval of 95% (Wilson). promised is the share that the lane was last to hold.
-- param since: from then on, UTC (default 7d)
-- param until: before then (default now)
WITH
    3.841458820694124 AS z2,
    (share, n) -> (share + z2 / (2 * n)) / (1 + z2 / n) AS middle,
    (share, n) -> sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n) AS half,
    (share, n) -> if(n > 0, greatest(0., middle(share, n) - half(share, n)), nan) AS lower_bound,
    (share, n) -> if(n > 0, least(1., middle(share, n) + half(share, n)), nan) AS upper_bound,
    -- Few cases ask a stage again: to know those takes a tenth of the memory of knowing all firsts.
    -- An event has less than 1024 decisions.
    cityHash64(case_key, stage) AS asker,
    offset * 1024 + ordinal AS place,
    again AS
    (
        SELECT asker AS twice, min(place) AS first_place
        FROM decisions
        WHERE event_time >= {since:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind IN ('ANSWER', 'PROVISIONAL')
        GROUP BY twice
        HAVING count() > 1
    ),
    told AS
    (
        SELECT
            subject_kind,
            lane,
            count() AS cases,
            countIf(verdict = 'HOLD') AS held,
            countIf(verdict = 'REFER') AS referred,
            argMax(d.promised, d.event_time) AS promised
        FROM decisions AS d
        LEFT JOIN again ON cityHash64(d.case_key, d.stage) = again.twice
        WHERE event_time >= {since:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind IN ('ANSWER', 'PROVISIONAL')
            AND (again.twice = 0 OR d.offset * 1024 + d.ordinal = again.first_place)
        GROUP BY subject_kind, lane
    ),
    opened AS
    (
        SELECT
            subject_kind,
            lane,
            countIf(chosen_by = 'MODEL') AS inspected,
            countIf(chosen_by = 'MODEL' AND l.found) AS found
        FROM labels AS l
        WHERE event_time >= {since:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
        GROUP BY subject_kind, lane
    )
SELECT
    told.subject_kind AS subject_kind,
    told.lane AS lane,
    cases,
    held,
    referred,
    held / cases AS hold_rate,
    referred / cases AS refer_rate,
    promised,
    opened.inspected AS inspected,
    opened.found AS found,
    if(inspected > 0, found / inspected, nan) AS precision,
    lower_bound(precision, inspected) AS precision_low,
    upper_bound(precision, inspected) AS precision_high
FROM told
LEFT JOIN opened ON told.subject_kind = opened.subject_kind AND told.lane = opened.lane
ORDER BY cases DESC, subject_kind, lane
