-- What inspections say about everybody
-- Estimates by lane, and of all lanes of a kind (lane empty), with intervals of 95%: precision of
-- what the model chose, what random checks found, prevalence among all who came, recall (the share of
-- those with something to find whom the model chose) and lift. A label counts one over its chance of
-- being inspected (Hajek); the intervals are the monitor's. NaN is what labels cannot say: without
-- random checks there is no prevalence, recall or lift.
-- param since: decided from then on, UTC (default 30d)
-- param until: before then (default now)
WITH
    3.841458820694124 AS z2,
    (share, n) -> (share + z2 / (2 * n)) / (1 + z2 / n) AS middle,
    (share, n) -> sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n) AS half,
    (share, n) -> if(n > 0, greatest(0., middle(share, n) - half(share, n)), nan) AS lower_bound,
    (share, n) -> if(n > 0, least(1., middle(share, n) + half(share, n)), nan) AS upper_bound,
    (x, y, z) -> sqrt(x * x + y * y + z * z) AS length_of,
    -- The interval of a / b from those of two independent figures (MOVER).
    (bound, figure) -> bound * (2 * figure - bound) AS under,
    (a, a_bound, b, b_bound) -> sqrt(greatest(
        0., a * b * a * b - under(a_bound, a) * under(b_bound, b))) AS root,
    (a, a_low, b, b_high) -> if(
        abs(under(b_high, b)) > 1e-12 * greatest(1., b * b),
        greatest(0., (a * b - root(a, a_low, b, b_high)) / under(b_high, b)),
        if(a * b > 0, under(a_low, a) / (2 * a * b), 0.)) AS ratio_low,
    (a, a_high, b, b_low) -> if(
        under(b_low, b) > 1e-12 * greatest(1., b * b),
        (a * b + root(a, a_high, b, b_low)) / under(b_low, b),
        inf) AS ratio_high,
    lanes AS
    (
        SELECT
            subject_kind,
            lane,
            countIf(chosen_by = 'MODEL') AS m_n,
            countIf(chosen_by = 'MODEL' AND found) AS m_found,
            sumIf(1 / propensity, chosen_by = 'MODEL') AS m_weight,
            sumIf(1 / propensity, chosen_by = 'MODEL' AND found) AS m_weight_found,
            sumIf(1 / (propensity * propensity), chosen_by = 'MODEL') AS m_weight2,
            countIf(chosen_by = 'RANDOM') AS r_n,
            countIf(chosen_by = 'RANDOM' AND found) AS r_found,
            sumIf(1 / propensity, chosen_by = 'RANDOM') AS r_weight,
            sumIf(1 / propensity, chosen_by = 'RANDOM' AND found) AS r_weight_found,
            sumIf(1 / (propensity * propensity), chosen_by = 'RANDOM') AS r_weight2,
            countIf(chosen_by = '') AS other
        FROM labels
        WHERE event_time >= {since:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
        GROUP BY subject_kind, lane
    ),
    -- Each lane, and all of a kind. Of lanes without random checks nobody knows what they missed.
    tallies AS
    (
        SELECT
            l.subject_kind AS subject_kind,
            whole AS lane,
            sum(l.other) AS other,
            sum(l.m_n) AS chosen,
            sum(l.m_found) AS chosen_found,
            sum(l.r_n) AS random,
            sum(l.r_found) AS random_found,
            sumIf(l.m_n, l.r_n > 0 OR whole != '') AS m_n,
            sumIf(l.m_found, l.r_n > 0 OR whole != '') AS m_found,
            sumIf(l.m_weight, l.r_n > 0 OR whole != '') AS m_weight,
            sumIf(l.m_weight_found, l.r_n > 0 OR whole != '') AS m_weight_found,
            sumIf(l.m_weight2, l.r_n > 0 OR whole != '') AS m_weight2,
            sum(l.r_n) AS r_n,
            sum(l.r_found) AS r_found,
            sum(l.r_weight) AS r_weight,
            sum(l.r_weight_found) AS r_weight_found,
            sum(l.r_weight2) AS r_weight2
        FROM lanes AS l
        ARRAY JOIN [toString(l.lane), ''] AS whole
        GROUP BY l.subject_kind, whole
    ),
    shares AS
    (
        SELECT
            *,
            if(m_n > 0, m_weight_found / m_weight, 0.) AS p,
            if(r_n > 0, r_weight_found / r_weight, 0.) AS q,
            -- Labels of unequal weight tell as much as fewer equal ones (Kish).
            if(m_n > 0, m_weight * m_weight / m_weight2, 0.) AS m_worth,
            if(r_n > 0, r_weight * r_weight / r_weight2, 0.) AS r_worth,
            m_weight / (m_weight + r_weight) AS c,
            if(m_n > 0 AND r_n > 0, sqrt(1 / m_worth + 1 / r_worth), 0.) AS odds_error
        FROM tallies
    ),
    bounds AS
    (
        SELECT
            *,
            if(m_n > 0, lower_bound(p, m_worth), 0.) AS p_low,
            if(m_n > 0, upper_bound(p, m_worth), 0.) AS p_high,
            if(r_n > 0, lower_bound(q, r_worth), 0.) AS q_low,
            if(r_n > 0, upper_bound(q, r_worth), 0.) AS q_high,
            sqrt(z2) AS z
        FROM shares
    ),
    -- How many have something to find: caught by the model, and missed.
    totals AS
    (
        SELECT
            *,
            m_weight * p AS caught,
            r_weight * q AS missed,
            length_of(m_weight * (p - p_low), z * p * sqrt(m_weight2), 0) AS caught_below,
            length_of(m_weight * (p_high - p), z * p * sqrt(m_weight2), 0) AS caught_above,
            length_of(r_weight * (q - q_low), z * q * sqrt(r_weight2), 0) AS missed_below,
            length_of(r_weight * (q_high - q), z * q * sqrt(r_weight2), 0) AS missed_above,
            z * abs(p - q) * c * (1 - c) * odds_error AS moved
        FROM bounds
    ),
    ratios AS
    (
        SELECT
            *,
            ratio_high(missed, missed + missed_above, caught, greatest(0., caught - caught_below))
                AS most_missed,
            ratio_low(missed, greatest(0., missed - missed_below), caught, caught + caught_above)
                AS least_missed,
            1 / (c + (1 - c) * ratio_high(q, q_high, p, p_low)) AS least_lift,
            1 / (c + (1 - c) * ratio_low(q, q_low, p, p_high)) AS most_lift,
            if(r_n > 0 AND m_found > 0, 1 / (c + (1 - c) * q / p), nan) AS lift,
            z * lift * c * (1 - c) * abs(1 - q / p) * odds_error AS lift_varies,
            if(r_n > 0 AND m_found + r_found > 0, caught / (caught + missed), nan) AS recall,
            if(chosen > 0, chosen_found / chosen, nan) AS precision,
            if(random > 0, random_found / random, nan) AS found_at_random,
            if(r_n > 0, c * p + (1 - c) * q, nan) AS prevalence
        FROM totals
    )
SELECT
    subject_kind,
    lane,
    chosen,
    random,
    other,
    precision,
    lower_bound(precision, chosen) AS precision_low,
    upper_bound(precision, chosen) AS precision_high,
    found_at_random,
    lower_bound(found_at_random, random) AS found_at_random_low,
    upper_bound(found_at_random, random) AS found_at_random_high,
    prevalence,
    if(isNaN(prevalence), nan, greatest(0., prevalence - length_of(c * (p - p_low), (1 - c) * (q - q_low), moved)))
        AS prevalence_low,
    if(isNaN(prevalence), nan, least(1., prevalence + length_of(c * (p_high - p), (1 - c) * (q_high - q), moved)))
        AS prevalence_high,
    recall,
    if(isNaN(recall), nan, 1 / (1 + most_missed)) AS recall_low,
    if(isNaN(recall), nan, 1 / (1 + least_missed)) AS recall_high,
    lift,
    if(
        isNaN(lift), nan,
        if(least_lift > 0, lift * exp(-length_of(log(lift / least_lift), lift_varies, 0)), 0.))
        AS lift_low,
    if(isNaN(lift), nan, lift * exp(length_of(log(most_lift / lift), lift_varies, 0))) AS lift_high
FROM ratios
ORDER BY subject_kind, lane
