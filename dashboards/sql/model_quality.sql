-- Quality of the models now
-- The monitor's latest figure of each metric, with its interval of 95% and the labels behind it:
-- the model that decides, the shadow and the challengers.
-- param lane: only this lane; of all lanes together if none is named (default all)
SELECT
    subject_kind,
    model,
    metric,
    argMax(value, (q.at, q.offset)) AS value,
    argMax(low, (q.at, q.offset)) AS low,
    argMax(high, (q.at, q.offset)) AS high,
    argMax(n, (q.at, q.offset)) AS n,
    max(q.at) AS at
FROM model_quality AS q
WHERE lane = {lane:String}
GROUP BY subject_kind, model, metric
ORDER BY subject_kind, model, metric
