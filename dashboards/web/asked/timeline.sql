-- What is known of the case of a decision: what was decided, what came in, and what people did.
WITH
    cases AS
    (
        SELECT case_key, subject FROM haechi.decisions WHERE decision_id = {id:String} LIMIT 1
    ),
    decided AS
    (
        SELECT
            offset,
            decision_id,
            trigger_event_id,
            kind,
            verdict,
            directive,
            code_class,
            stage,
            gate,
            task,
            supersedes,
            log_odds,
            decided_at
        FROM haechi.decisions
        WHERE case_key IN (SELECT case_key FROM cases)
    )
SELECT *
FROM
(
    SELECT
        'decision' AS what,
        toUnixTimestamp64Micro(decided_at) AS at_us,
        offset,
        kind AS word,
        verdict AS detail,
        directive AS more,
        decision_id,
        supersedes,
        log_odds AS figure,
        gate AS place
    FROM decided
    UNION ALL
    SELECT
        'event',
        toUnixTimestamp64Micro(stamped_at),
        offset,
        kind,
        source,
        '',
        '',
        '',
        nan,
        site
    FROM
    (
        -- Two halves, because an index serves each, and none serves both with OR.
        SELECT stamped_at, offset, kind, source, site
        FROM haechi.events
        WHERE event_id IN (SELECT trigger_event_id FROM decided)
        UNION ALL
        SELECT stamped_at, offset, kind, source, site
        FROM haechi.events
        WHERE subject IN (SELECT subject FROM cases)
            AND offset BETWEEN (SELECT min(offset) FROM decided) AND (SELECT max(offset) FROM decided)
            AND event_id NOT IN (SELECT trigger_event_id FROM decided)
    )
    UNION ALL
    SELECT
        'action',
        toUnixTimestamp64Micro(stamped_at),
        offset,
        action,
        if(actor_kind = 'GATE', actor, 'OFFICER'),
        reason_code,
        decision_id,
        '',
        nan,
        if(actor_kind = 'GATE', '', actor)
    FROM haechi.actions
    WHERE decision_id IN (SELECT decision_id FROM decided)
    UNION ALL
    SELECT
        'inspection',
        toUnixTimestamp64Micro(stamped_at),
        offset,
        result,
        method,
        offence_class,
        decision_id,
        '',
        quantity,
        quantity_unit
    FROM haechi.outcomes
    WHERE decision_id IN (SELECT decision_id FROM decided)
)
ORDER BY offset, what = 'decision'
LIMIT 300
