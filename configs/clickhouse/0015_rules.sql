-- What officers' rules did to a decision, and what would have released it.
ALTER TABLE {database}.decisions{on_cluster}
    ADD COLUMN IF NOT EXISTS rules_version LowCardinality(String) DEFAULT '0000000000000000' COMMENT 'Rule set in force, first 16 hex digits of its artefact; zeros for none' AFTER model_version,
    ADD COLUMN IF NOT EXISTS shadow_rules_version LowCardinality(String) DEFAULT '0000000000000000' COMMENT 'Rule set in shadow, likewise' AFTER rules_version,
    ADD COLUMN IF NOT EXISTS uplift Float64 DEFAULT 0 COMMENT 'What rules added to the log-odds' AFTER held,
    ADD COLUMN IF NOT EXISTS rules Array(LowCardinality(String)) COMMENT 'Rules that it met, by priority; at most six' AFTER uplift,
    ADD COLUMN IF NOT EXISTS shadow_rules Array(LowCardinality(String)) COMMENT 'Rules that were only noted' AFTER rules,
    ADD COLUMN IF NOT EXISTS would_release Array(LowCardinality(String)) COMMENT 'Source fields that would have released it, had they given no reason for concern' AFTER shadow_rules,
    ADD COLUMN IF NOT EXISTS would_release_log_odds Float64 DEFAULT nan COMMENT 'Log-odds then' AFTER would_release;
