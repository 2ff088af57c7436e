-- The database and the ledger of what has been applied. Own and Atomic: the embedded engine's
-- `default` is an overlay on files, which nothing should be stored in.
CREATE DATABASE IF NOT EXISTS {database}{on_cluster} ENGINE = Atomic
COMMENT 'Haechi: decisions at the border and what followed. All times are UTC.';

CREATE TABLE IF NOT EXISTS {database}.schema_versions{on_cluster}
(
    version UInt32 COMMENT 'Number that the file name starts with',
    name String COMMENT 'File name',
    sha256 String COMMENT 'Of the file, before placeholders are filled in',
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'When it was applied, UTC'
)
ENGINE = {engine}
ORDER BY version
COMMENT 'Which schema files were applied, with the checksum that each had';
