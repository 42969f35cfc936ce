CREATE TABLE qm_events (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    severity TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    message TEXT NOT NULL
);

-- Miner processes that are wanted, or were told to stop and have not ended yet.
-- Without a pid one is about to be started; start time and boot make sure that
-- a process found under the pid is the same one.
CREATE TABLE qm_processes (
    instance TEXT PRIMARY KEY,
    gpu INTEGER,
    pid INTEGER,
    start_ticks INTEGER,
    boot_id TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    wanted INTEGER NOT NULL
) WITHOUT ROWID;
