CREATE OR REPLACE VIEW {database}.decisions_current{on_cluster} AS
SELECT *, case_hex, subject_hex, probability, hs_chapter, {columns}
FROM {database}.decisions
WHERE (shard, epoch, offset, ordinal) IN
(
    SELECT argMax((shard, epoch, offset, ordinal), (epoch, offset, ordinal))
    FROM {database}.decisions
    GROUP BY case_key, stage
)
AND decision_id NOT IN
(
    SELECT supersedes FROM {database}.decisions WHERE supersedes != ''
)
COMMENT 'What holds now: the latest decision of each case and stage that nothing superseded';
