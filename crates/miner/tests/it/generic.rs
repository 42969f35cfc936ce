use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, http, read};

const NAME: &str = "generic";

fn json(body: &str) -> [Reply; 1] {
    [Reply::Http { status: 200, body: body.as_bytes().to_vec() }]
}

#[test]
fn nested_shares() {
    check(
        NAME,
        &[http(200, "generic/node-server/nested.json")],
        "generic ? mines ? up ? s: Mining
        61250000 H/s, 241.5 W
        shares 812/3/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?
        gpu 0 RTX 3080 pci ? paused None 43000000 H/s, 61 C, memory 84 C, fan 65 %, 221.5 W, shares ?/?/?/? last ? s ago
        gpu 1 RX 580 pci ? paused None 18250000 H/s, 58 C, memory ? C, fan ? %, 20 W, shares ?/?/?/? last ? s ago",
    );
}

#[test]
fn flat_shares_and_numbers_as_text() {
    check(
        NAME,
        &[http(200, "generic/node-server/flat.json")],
        "generic ? mines ? up ? s: Mining
        30500000 H/s, 118 W
        shares 12/0/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?
        gpu 3 RX 6800 pci ? paused None 30500000 H/s, 55 C, memory ? C, fan 40 %, 118 W, shares 12/0/?/? last ? s ago",
    );
}

#[test]
fn a_hashrate_alone_means_mining() {
    check(
        NAME,
        &[http(200, "generic/node-server/hashrate_only.json")],
        "generic ? mines ? up ? s: Mining
        10500000 H/s, ? W
        shares ?/?/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?",
    );
}

#[test]
fn not_mining() {
    check(
        NAME,
        &[http(200, "generic/node-server/stopped.json")],
        "generic ? mines ? up ? s: Paused(\"The miner says it is not mining\")
        0 H/s, ? W
        shares 5/0/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?",
    );
}

/// The address may be that of another program, whose adapter comes next.
#[test]
fn json_of_other_programs() {
    let other = "The reply holds no hashrate, no accepted shares and no is_mining";
    let other = Unreadable::Garbled(other.into());
    check_error(NAME, &[http(200, "xmrig/6.26.0/2_summary.json")], &other);
    check_error(NAME, &[http(200, "xmrig/6.26.0/2_backends.json")], &other);
    check_error(NAME, &json("{}"), &other);
    check_error(NAME, &json("[1,2]"), &other);
    check_error(NAME, &json("\"hashrate\""), &other);
    check_error(NAME, &json(r#"{"status":"ok","gpus":[{"id":0}]}"#), &other);
    // A hashrate in H/s under the same name, as T-Rex has it.
    check_error(NAME, &json(r#"{"hashrate":43797662,"accepted_count":331}"#), &other);
    let nothing = Unreadable::Garbled("Nothing is served at this address (HTTP 404)".into());
    check_error(NAME, &[http(404, "xmrig/6.26.0/404.json")], &nothing);
}

#[test]
fn zero_gives_way_to_the_other_name() {
    check(
        NAME,
        &json(r#"{"hashrate":0,"hash_rate":5,"shares":{"accepted":0},"accepted_shares":7}"#),
        "generic ? mines ? up ? s: Mining
        5000000 H/s, ? W
        shares 7/?/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?",
    );
}

/// More than the Node server reads.
#[test]
fn what_else_may_be_told() {
    check(
        NAME,
        &json(
            r#"{"hashrate":5,"is_mining":true,"version":"v1.2","algo":"KawPow","uptime":60,
                "pool":{"url":"stratum+tcp://pool.example:1185","user":"0x00.rig01",
                "connected":true,"latency":34,"difficulty":0.5},
                "gpus":[{"id":0,"pci":"0b:00.0","hashrate":2,"shares":{"accepted":7}},
                {"id":1,"bus_id":48,"hashrate":3}]}"#,
        ),
        "generic 1.2 mines kawpow up 60 s: Mining
        5000000 H/s, ? W
        shares ?/?/?/? last ? s ago
        pool pool.example:1185 user 0x00.rig01 connected true latency 34 difficulty 0.5
        gpu 0 ? pci 0000:0b:00.0 paused None 2000000 H/s, ? C, memory ? C, fan ? %, ? W, shares 7/?/?/? last ? s ago
        gpu 1 ? pci 0000:30:00.0 paused None 3000000 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
    check(
        NAME,
        &json(r#"{"hashrate":5,"pool":"0x00.rig01:x@pool.example:1"}"#),
        "generic ? mines ? up ? s: Mining
        5000000 H/s, ? W
        shares ?/?/?/? last ? s ago
        pool pool.example:1 user 0x00.rig01 connected ? latency ? difficulty ?",
    );
}

#[test]
fn what_was_earned() {
    let earned = |replies: &[Reply]| read(NAME, replies).unwrap().earnings.get();
    assert_eq!(earned(&[http(200, "generic/node-server/nested.json")]), Some(0.42));
    assert_eq!(earned(&json(r#"{"hashrate":1,"earnings":"1.5"}"#)), Some(1.5));
    assert_eq!(earned(&[http(200, "generic/node-server/hashrate_only.json")]), None);
}
