-- Officers as a queue: how full it was, what it took to join, and who fell out of it.
ALTER TABLE {database}.decisions{on_cluster}
    ADD COLUMN IF NOT EXISTS bar Float64 DEFAULT nan COMMENT 'Log-odds, in its lane''s order, that it took to join the queue for officers; nan while everybody could, inf while nobody could' AFTER held,
    ADD COLUMN IF NOT EXISTS fell_out Bool DEFAULT false COMMENT 'Its risk asked for an inspection and officers could not get to it before it leaves' AFTER bar,
    ADD COLUMN IF NOT EXISTS waiting UInt16 DEFAULT 0 COMMENT 'How many waited for its lane''s officers' AFTER fell_out,
    ADD COLUMN IF NOT EXISTS inspection_wait_us Int64 DEFAULT 0 COMMENT 'How long officers need for those, microseconds; 0 where no capacity is stated' AFTER waiting;
