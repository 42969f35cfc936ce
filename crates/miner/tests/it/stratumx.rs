use crate::support::{check, http};

const NAME: &str = "stratumx";

/// The address that is paid is that of the only miner on KawPoW; one that has left
/// and one for SHA-256 do not blur it.
#[test]
fn serving_one_miner() {
    check(
        NAME,
        &[http(200, "stratumx/orchard/pool_stats.json"), http(200, "stratumx/orchard/pool_workers.json")],
        "StratumX ? mines kawpow+sha256 up 3600 s: Serving
        61000000 H/s, ? W
        shares 812/?/?/? last 30 s ago
        pool ? user 0x00123456789aBcDeF0123456789aBCDEf0123456.rig01 connected ? latency ? difficulty 0.25",
    );
}

#[test]
fn without_its_list_of_miners() {
    check(
        NAME,
        &[
            http(200, "stratumx/orchard/pool_stats.json"),
            http(200, "stratumx/orchard/pool_workers_none.json"),
        ],
        "StratumX ? mines kawpow+sha256 up 3600 s: Serving
        61000000 H/s, ? W
        shares 812/?/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?",
    );
}

#[test]
fn as_documented_and_idle() {
    check(
        NAME,
        &[http(200, "stratumx/documented/pool_stats.json")],
        "StratumX ? mines ? up 5 s: Serving
        0 H/s, ? W
        shares 0/?/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?",
    );
}
