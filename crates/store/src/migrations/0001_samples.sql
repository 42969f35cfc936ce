-- The addresses of miners are long and repeat in every sample; a sample holds
-- the number only.
CREATE TABLE qm_miners (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL UNIQUE
);

-- One row for each moment and miner. `key` is at_ms << 12 | miner: a single
-- integer, so that new rows fill the last page and touch no other. NULL is
-- unknown.
CREATE TABLE qm_samples (
    key INTEGER PRIMARY KEY,
    uptime_s INTEGER,
    hashrate_hs REAL,
    accepted INTEGER,
    rejected INTEGER,
    invalid INTEGER,
    power_w REAL,
    temp_c REAL,
    fan_percent REAL
);

-- What the dashboard remembers about itself.
CREATE TABLE qm_state (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
