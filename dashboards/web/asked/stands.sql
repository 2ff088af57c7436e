-- How the case of a decision stands now, and which decision replaced this one, if any.
SELECT
    anyIf(decision_id, supersedes = {id:String}) AS superseded_by,
    argMax(task, (epoch, offset, ordinal)) AS task,
    argMax(lower(leftPad(hex(task_by), 16, '0')), (epoch, offset, ordinal)) AS task_by,
    argMax(four_eyes, (epoch, offset, ordinal)) AS four_eyes
FROM haechi.decisions
WHERE case_key IN (SELECT case_key FROM haechi.decisions WHERE decision_id = {id:String})
