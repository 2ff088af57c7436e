CREATE OR REPLACE VIEW {database}.decisions_wide{on_cluster} AS
SELECT *, case_hex, subject_hex, probability, hs_chapter, {columns}
FROM {database}.decisions
COMMENT 'Every decision, revisions too, with a column for each feature (f_), contribution (c_) and evidence stream (e_)'
