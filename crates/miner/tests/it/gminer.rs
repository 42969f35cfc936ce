use quaiminer_domain::Fact;
use quaiminer_domain::miner::Activity;
use quaiminer_miner::Reply;

use crate::support::{check, fixture, http, read};

const NAME: &str = "gminer";

#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "gminer/3.44/stat.json")],
        "GMiner 3.44 mines kawpow up 704 s: Mining
        53429602 H/s, 223 W
        shares 6/1/3/2 last ? s ago
        pool de.quai.example.com:1185 user 0x00123456789aBcDeF0123456789aBCDEf0123456.rig01 connected ? latency ? difficulty ?
        gpu 0 3060 pci 0000:01:00.0 paused None 23429602 H/s, 55 C, memory ? C, fan 50 %, 93 W, shares 6/1/3/2 last ? s ago
        gpu 3 3070 pci 0000:0a:00.0 paused None 30000000 H/s, 58 C, memory 80 C, fan ? %, 130 W, shares 0/0/0/0 last ? s ago",
    );
}

#[test]
fn the_second_of_two_algorithms() {
    check(
        NAME,
        &[http(200, "gminer/3.44/dual.json")],
        "GMiner 3.44 mines kawpow+kHeavyHash up 60 s: Mining
        18000000 H/s, 93 W
        shares 2/1/0/0 last ? s ago
        pool de.quai.example.com:1185 user 0x00123456789aBcDeF0123456789aBCDEf0123456.rig01 connected ? latency ? difficulty ?
        gpu 0 3060 pci 0000:01:00.0 paused None 18000000 H/s, 55 C, memory ? C, fan 50 %, 93 W, shares 2/1/0/0 last ? s ago",
    );
}

#[test]
fn another_algorithm() {
    check(
        NAME,
        &[http(200, "gminer/2.73/stat.json")],
        "GMiner 2.73 mines Ethash up 704042 s: Mining
        43429602 H/s, 93 W
        shares 6799/0/0/0 last ? s ago
        pool eu1.eth.example.com:4444 user 0x84fc.3060 connected ? latency ? difficulty ?
        gpu 0 3060 pci 0000:01:00.0 paused None 43429602 H/s, 55 C, memory ? C, fan ? %, 93 W, shares 6799/0/0/0 last ? s ago",
    );
}

#[test]
fn solutions_count_as_hashes_of_their_algorithm() {
    check(
        NAME,
        &[http(200, "gminer/1.60/equihash.json")],
        "GMiner ? mines Equihash 144,5 up 20 s: Mining
        42 H/s, 93 W
        shares 3/0/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?
        gpu 0 GeForce GTX 1060 pci 0000:01:00.0 paused None 42 H/s, 55 C, memory ? C, fan ? %, 93 W, shares 3/0/?/? last ? s ago",
    );
}

/// It is told that it works, but not how fast.
#[test]
fn a_unit_that_nobody_knows() {
    let body = fixture("gminer/1.60/equihash.json");
    let text = String::from_utf8(body).unwrap().replace("Sol/s", "W/s");
    let reading = read(NAME, &[Reply::Http { status: 200, body: text.into_bytes() }]).unwrap();
    assert_eq!(reading.activity, Activity::Mining);
    let why = "GMiner counts this algorithm in an unknown unit";
    assert_eq!(reading.hashrate_hs, Fact::unknown(why));
}
