-- Seizures per inspected hour
-- What officers' hours brought, by lane and by why somebody looked: inspections that were begun and
-- ended, whatever they found, without those that a later outcome corrected.
-- param since: ended from then on, UTC (default 7d)
-- param until: before then (default now)
WITH
    done AS
    (
        SELECT
            decision_id,
            case_key,
            selected_by,
            result = 'FOUND' AS is_seizure,
            dateDiff('microsecond', started_at, finished_at) / 3600e6 AS took_h
        FROM outcomes
        WHERE finished_at >= {since:DateTime64(6, 'UTC')}
            AND finished_at < {until:DateTime64(6, 'UTC')}
            AND started_at <= finished_at
            AND result != 'NOT_DONE'
            AND event_id NOT IN
            (
                SELECT corrects_event_id FROM outcomes WHERE corrects_event_id != ''
            )
    ),
    decided AS
    (
        SELECT decision_id, subject_kind, lane
        FROM decisions
        WHERE case_key IN (SELECT case_key FROM done)
            AND decision_id IN (SELECT decision_id FROM done)
    )
SELECT
    subject_kind,
    lane,
    selected_by,
    count() AS inspections,
    countIf(is_seizure) AS seizures,
    sum(took_h) AS hours,
    if(hours > 0, seizures / hours, nan) AS seizures_per_hour
FROM done
INNER JOIN decided ON done.decision_id = decided.decision_id
GROUP BY subject_kind, lane, selected_by
ORDER BY subject_kind, lane, selected_by
