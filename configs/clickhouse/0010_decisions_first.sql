-- Positions are found over four narrow columns first, so that wide rows are read only for them.
CREATE OR REPLACE VIEW {database}.decisions_first{on_cluster} AS
SELECT *, case_hex, subject_hex, probability, hs_chapter, {columns}
FROM {database}.decisions
WHERE (shard, epoch, offset, ordinal) IN
(
    SELECT argMin(
        (shard, epoch, offset, ordinal),
        (kind NOT IN ('ANSWER', 'PROVISIONAL'), epoch, offset, ordinal))
    FROM {database}.decisions
    GROUP BY case_key, stage
)
COMMENT 'The first answer that each case got at each stage (its first standing decision where no gate asked): what the gate was told before any revision';
