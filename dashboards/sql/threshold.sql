-- What a changed threshold would have done
-- Every answer of the time is judged anew by the rules of the policy with other thresholds: how many
-- decisions change, and what inspections say of whom it would choose. Weights are one over the chance
-- of being inspected. Whom nobody could have inspected nobody knows: precision_after speaks for those
-- who could, and inspected_share says how many of the chosen were. Answers
-- that a rule, an officer, another lane or the bar of a queue decided stay as they were.
-- param since: from then on, UTC (default 30d)
-- param until: before then (default now)
-- param hold_at: probability from which HOLD follows (default 0.6)
-- param refer_at: probability from which REFER follows; 0 leaves it as it stood (default 0)
WITH
    3.841458820694124 AS z2,
    (share, n) -> (share + z2 / (2 * n)) / (1 + z2 / n) AS middle,
    (share, n) -> sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n) AS half,
    (share, n) -> if(n > 0, greatest(0., middle(share, n) - half(share, n)), nan) AS lower_bound,
    (share, n) -> if(n > 0, least(1., middle(share, n) + half(share, n)), nan) AS upper_bound,
    log({hold_at:Float64} / (1 - {hold_at:Float64})) AS new_hold,
    {refer_at:Float64} > 0 AS is_moved,
    log({refer_at:Float64} / (1 - {refer_at:Float64})) AS new_refer,
    -- Of decisions and of labels alike.
    selected_by IN ('RULE', 'OFFICER') OR routed != '' OR NOT isNaN(bar) OR isNaN(log_odds)
        OR code_class NOT IN ('CLEAR', 'RISK', 'MISSING_EVIDENCE', 'CAPACITY', 'RANDOM_CHECK')
        AS is_kept,
    if(is_moved, new_refer, refer_at) AS refers,
    log_odds >= refers OR selection >= new_hold AS asks,
    if(is_kept, selected_by = 'MODEL', asks) AS is_chosen,
    judged AS
    (
        SELECT
            subject_kind,
            lane,
            verdict = 'HOLD' AS was_held,
            verdict = 'REFER' AS was_referred,
            is_kept,
            is_chosen,
            face > 0 AND log_odds - face < refers AND selection - face < new_hold AS is_alone,
            asks AND selection >= new_hold AND NOT is_alone AS holds,
            asks OR is_crowded OR draw < explore
                OR notEmpty(missing) AND NOT hasAll(excused, missing) AS stops,
            if(is_kept, was_held, holds) AS is_held,
            if(is_kept, was_referred, stops AND NOT holds) AS is_referred
        FROM decisions
        WHERE event_time >= {since:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind = 'ANSWER'
            AND NOT throwIf(
                {hold_at:Float64} <= 0 OR {hold_at:Float64} >= 1
                    OR {refer_at:Float64} < 0 OR {refer_at:Float64} >= 1,
                'hold_at and refer_at are probabilities: give more than 0 and less than 1')
    ),
    told AS
    (
        SELECT
            subject_kind,
            lane,
            count() AS answers,
            countIf(is_kept) AS kept,
            countIf(was_held) AS held_before,
            countIf(is_held) AS held_after,
            countIf(was_referred) AS referred_before,
            countIf(is_referred) AS referred_after,
            countIf(was_held != is_held OR was_referred != is_referred) AS changed,
            countIf(is_chosen) AS chosen_after
        FROM judged
        GROUP BY subject_kind, lane
    ),
    opened AS
    (
        SELECT
            subject_kind,
            lane,
            countIf(l.chosen_by = 'MODEL') AS inspected_before,
            countIf(l.chosen_by = 'MODEL' AND l.found) AS found_before,
            countIf(is_chosen) AS inspected_after,
            sumIf(1 / l.propensity, is_chosen) AS weight,
            sumIf(1 / l.propensity, is_chosen AND l.found) AS weight_found,
            -- Labels of unequal weight tell as much as fewer equal ones (Kish).
            weight * weight / sumIf(1 / (l.propensity * l.propensity), is_chosen) AS labels_worth
        FROM labels AS l
        WHERE event_time >= {since:DateTime64(6, 'UTC')}
            AND event_time < {until:DateTime64(6, 'UTC')}
            AND kind = 'ANSWER'
            AND chosen_by != ''
        GROUP BY subject_kind, lane
    )
SELECT
    told.subject_kind AS subject_kind,
    told.lane AS lane,
    answers,
    kept,
    changed,
    held_before,
    held_after,
    referred_before,
    referred_after,
    held_before / answers AS hold_rate_before,
    held_after / answers AS hold_rate_after,
    inspected_before,
    if(inspected_before > 0, found_before / inspected_before, nan) AS precision_before,
    inspected_after,
    if(weight > 0, weight_found / weight, nan) AS precision_after,
    lower_bound(precision_after, labels_worth) AS precision_after_low,
    upper_bound(precision_after, labels_worth) AS precision_after_high,
    if(chosen_after > 0, inspected_after / chosen_after, nan) AS inspected_share
FROM told
LEFT JOIN opened ON told.subject_kind = opened.subject_kind AND told.lane = opened.lane
ORDER BY subject_kind, lane
