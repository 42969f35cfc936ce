use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, http};

const NAME: &str = "trex";

#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "trex/0.26.8/summary.json")],
        "T-Rex 0.26.8 mines kawpow up 870 s: Mining
        61297700 H/s, 309 W
        shares 331/1/1/? last 10 s ago
        pool pool.example:1185 user 0x0012345678901234567890123456789012345678.rig01 connected ? latency 38 difficulty 0.56
        gpu 0 RTX 3080 pci 0000:01:00.0 paused None 43797662 H/s, 58 C, memory 84 C, fan 70 %, 228 W, shares 259/1/0/? last 10 s ago
        gpu 1 GTX 1660 pci 0000:30:00.0 paused None 17500000 H/s, 61 C, memory ? C, fan 55 %, 81 W, shares 72/0/1/? last 1000 s ago",
    );
}

/// One card by hand, the other because of its temperature; its name is empty.
#[test]
fn no_card_may_mine() {
    check(
        NAME,
        &[http(200, "trex/0.26.8/paused_and_hot.json")],
        "T-Rex 0.26.8 mines kawpow up 870 s: Paused(\"Paused; Switched off by the miner at 90 °C\")
        0 H/s, 309 W
        shares 331/1/1/? last 10 s ago
        pool pool.example:1185 user 0x0012345678901234567890123456789012345678.rig01 connected ? latency ? difficulty 0.56
        gpu 0 RTX 3080 pci 0000:01:00.0 paused Some(\"Paused\") 0 H/s, 58 C, memory 84 C, fan 70 %, 228 W, shares 259/1/0/? last 10 s ago
        gpu 1 ? pci 0000:30:00.0 paused Some(\"Switched off by the miner at 90 °C\") 0 H/s, 61 C, memory ? C, fan 55 %, 81 W, shares 72/0/1/? last 1000 s ago",
    );
}

#[test]
fn pool_down() {
    check(
        NAME,
        &[http(200, "trex/0.26.8/pool_down.json")],
        "T-Rex 0.26.8 mines kawpow up 870 s: NoPool
        0 H/s, 309 W
        shares 331/1/1/? last 10 s ago
        pool pool.example:1185 user 0x0012345678901234567890123456789012345678.rig01 connected false latency ? difficulty 0.56
        gpu 0 RTX 3080 pci 0000:01:00.0 paused None 0 H/s, 58 C, memory 84 C, fan 70 %, 228 W, shares 259/1/0/? last 10 s ago
        gpu 1 GTX 1660 pci 0000:30:00.0 paused None 0 H/s, 61 C, memory ? C, fan 55 %, 81 W, shares 72/0/1/? last 1000 s ago",
    );
}

/// Its difficulty is that of the network.
#[test]
fn an_old_version() {
    check(
        NAME,
        &[http(200, "trex/0.5.6/summary.json")],
        "T-Rex 0.5.6 mines x16r up 290 s: Mining
        6096023 H/s, ? W
        shares 44/0/?/? last ? s ago
        pool pool.example:4553 user D00000000000000000000000000000000 connected ? latency ? difficulty ?
        gpu 0 ? pci ? paused None 3059637 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago
        gpu 1 ? pci ? paused None 3036386 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}

fn json(body: &str) -> [Reply; 1] {
    [Reply::Http { status: 200, body: body.as_bytes().to_vec() }]
}

#[test]
fn refusals() {
    let why = "The miner answers: Authentication required; start it without --api-key";
    let key = http(200, "trex/0.26.8/api_key.json");
    check_error(NAME, &[key], &Unreadable::Refused(why.into()));
    let other = Unreadable::Garbled("This is not a summary of T-Rex".into());
    check_error(NAME, &[http(200, "lolminer/1.98a/summary.json")], &other);
    check_error(NAME, &json("{}"), &other);
    check_error(NAME, &json(r#"{"name":"t-rex"}"#), &other);
    check_error(NAME, &json(r#"{"name":"x","gpus":[],"accepted_count":1,"hashrate":1}"#), &other);
    check_error(NAME, &json(r#"{"gpus":[],"hashrate":1}"#), &other);
}

/// The second algorithm is another thing; the total may be missing.
#[test]
fn two_algorithms_and_no_total() {
    check(
        NAME,
        &json(
            r#"{"gpus":[{"gpu_id":3,"hashrate":5,"pci_bus":5,"pci_domain":1,
                "power":0,"power_avr":90},{"gpu_id":4,"hashrate":"6.5"}],"accepted_count":1,
                "active_pool":{"difficulty":4.5,"user":"0x00.rig01","worker":"rig01"},
                "dual_stat":{"hashrate":1000,"accepted_count":50}}"#,
        ),
        "T-Rex ? mines ? up ? s: Mining
        11.5 H/s, ? W
        shares 1/?/?/? last ? s ago
        pool ? user 0x00.rig01 connected ? latency ? difficulty 4.5
        gpu 3 ? pci 0001:05:00.0 paused None 5 H/s, ? C, memory ? C, fan ? %, 90 W, shares ?/?/?/? last ? s ago
        gpu 4 ? pci ? paused None 6.5 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}
