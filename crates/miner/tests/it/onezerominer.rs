use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, http};

const NAME: &str = "onezerominer";

#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "onezerominer/1.7.8/status.json")],
        "OneZeroMiner 1.7.8 mines qhash up 12 s: Mining
        0.125 H/s, 120 W
        shares 4/1/?/? last ? s ago
        pool pool.example:7001 user ? connected true latency ? difficulty ?
        gpu 0 NVIDIA GeForce RTX 3080 pci 0000:0a:00.0 paused None 0.125 H/s, ? C, memory ? C, fan ? %, 120 W, shares 4/1/?/? last ? s ago",
    );
}

/// Without its name, with the wrong results that are counted since 1.8; the
/// second algorithm goes on while the pool of the first is lost.
#[test]
fn two_algorithms_and_a_lost_pool() {
    check(
        NAME,
        &[http(200, "onezerominer/1.8.0/dual_pool_down.json")],
        "OneZeroMiner 1.8.0 mines xelishashv3+zilliqa up 3600 s: NoPool
        0 H/s, 308.5 W
        shares 9/0/2/? last ? s ago
        pool pool.example:7002 user ? connected false latency ? difficulty ?
        gpu 0 A pci 0000:01:00.0 paused None 0 H/s, 61 C, memory 80 C, fan 70 %, 210 W, shares 5/0/2/? last ? s ago
        gpu 1 B pci 0000:ab:00.0 paused None 0 H/s, 55 C, memory ? C, fan ? %, 98.5 W, shares 4/0/0/? last ? s ago",
    );
}

#[test]
fn other_programs() {
    let other = Unreadable::Garbled("This is not an answer of OneZeroMiner".into());
    for body in ["{}", r#"{"name":"t-rex","algos":[]}"#, r#"{"algos":{}}"#, r#"{"algorithms":[]}"#]
    {
        let reply = Reply::Http { status: 200, body: body.as_bytes().to_vec() };
        check_error(NAME, &[reply], &other);
    }
}

/// Lists of numbers for other devices than those that are described.
#[test]
fn lists_of_different_lengths() {
    let body = br#"{"devices":[{"bus_id":1},{"bus_id":2}],"algos":[{"hashrates":[5,null,7],
        "pool_status":"who knows","devices_accepted_shares":[1,2,3]}]}"#;
    check(
        NAME,
        &[Reply::Http { status: 200, body: body.to_vec() }],
        "OneZeroMiner ? mines ? up ? s: Starting
        ? H/s, ? W
        shares 6/?/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?
        gpu 0 ? pci 0000:01:00.0 paused None 5 H/s, ? C, memory ? C, fan ? %, ? W, shares 1/?/?/? last ? s ago
        gpu 1 ? pci 0000:02:00.0 paused None ? H/s, ? C, memory ? C, fan ? %, ? W, shares 2/?/?/? last ? s ago
        gpu 2 ? pci ? paused None 7 H/s, ? C, memory ? C, fan ? %, ? W, shares 3/?/?/? last ? s ago",
    );
}
