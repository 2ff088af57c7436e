-- The newest figures of each model, over all lanes, of the last week.
SELECT
    subject_kind,
    model,
    metric,
    argMax(value, at) AS figure,
    argMax(low, at) AS least,
    argMax(high, at) AS most,
    argMax(n, at) AS labels,
    argMax(detail, at) AS why
FROM haechi.model_quality
WHERE lane = ''
    AND at >= now64(6, 'UTC') - INTERVAL 7 DAY
    AND metric IN ('auc', 'log_loss', 'precision', 'recall', 'off')
GROUP BY subject_kind, model, metric
ORDER BY subject_kind, model = 'decided' DESC, model, metric
