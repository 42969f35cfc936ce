-- Node's mining_stats by the hour: a year of its rows takes half a second to
-- read. A row holds the hour's records, see mining_stats/hours.rs.
CREATE TABLE qm_stat_hours (
    hour INTEGER PRIMARY KEY,
    records BLOB NOT NULL
);
