-- The samples of an hour, folded into its sixty minutes: a month of a chart is
-- 720 rows instead of half a million for each miner. `hour` counts from 1970;
-- `src/minutes.rs` says what the bytes mean.
CREATE TABLE qm_minutes (
    hour INTEGER PRIMARY KEY,
    minutes BLOB NOT NULL
);
