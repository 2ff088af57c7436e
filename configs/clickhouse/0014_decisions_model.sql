-- Since models are promoted, model_version names the artefact; the prior has a column of its own.
ALTER TABLE {database}.decisions{on_cluster}
    ADD COLUMN IF NOT EXISTS prior_version LowCardinality(String) DEFAULT model_version COMMENT 'Expert prior and lanes as configured, hex' AFTER model_version,
    ADD COLUMN IF NOT EXISTS promised Float64 DEFAULT 0 COMMENT 'Share of its lane that was to be held, 0 where nothing is promised' AFTER propensity,
    ADD COLUMN IF NOT EXISTS held Float64 DEFAULT 0 COMMENT 'Share of its lane that was held so far' AFTER promised,
    COMMENT COLUMN model_version 'Artefact of the model that was promoted, first 16 hex digits of its SHA-256; zeros for none. The prior, before there was prior_version';
