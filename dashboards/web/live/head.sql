-- How far the store is: the last place in the log, and how many decisions it has.
SELECT max(offset) AS last, count() AS n
FROM haechi.decisions
