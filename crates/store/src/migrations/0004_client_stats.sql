-- Statistics that pages of the Node server's frontend post. They show what a
-- page displayed, which was not measured; they stay apart from what was.
CREATE TABLE qm_client_stats (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    hashrate_mhs REAL NOT NULL,
    accepted INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    power_w REAL NOT NULL,
    temp_c REAL NOT NULL,
    fan_percent REAL NOT NULL,
    gpu INTEGER NOT NULL
);
