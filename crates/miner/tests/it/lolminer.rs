use quaiminer_domain::Fact;
use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, fixture, http, read};

const NAME: &str = "lolminer";

#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "lolminer/1.98a/summary.json")],
        "lolMiner 1.98a mines Ethash up 620 s: Mining
        91200000 H/s, ? W
        shares 5/1/0/1 last ? s ago
        pool pool.example:4444 user 0x0012345678901234567890123456789012345678.rig01 connected ? latency ? difficulty ?
        gpu 0 GeForce RTX 3080 pci 0000:01:00.0 paused None 61200000 H/s, 58 C, memory 80 C, fan 60 %, 120.1 W, shares 3/0/0/1 last ? s ago
        gpu 1 Radeon RX 580 pci 0000:0b:00.0 paused None 30000000 H/s, ? C, memory ? C, fan ? %, ? W, shares 2/1/0/0 last ? s ago",
    );
}

/// Two algorithms, and a unit without its factor. `16:0` may be bus 16 or bus 22.
#[test]
fn two_algorithms() {
    check(
        NAME,
        &[http(200, "lolminer/1.98a/dual.json")],
        "lolMiner 1.98a mines Ethash+KASPA up 620 s: Mining
        91200000 H/s, ? W
        shares 5/1/0/1 last ? s ago
        pool pool.example:4444 user 0x0012345678901234567890123456789012345678.rig01 connected ? latency ? difficulty ?
        gpu 0 GeForce RTX 3080 pci 0000:01:00.0 paused None 61200000 H/s, 58 C, memory 80 C, fan 60 %, 120.1 W, shares 3/0/0/1 last ? s ago
        gpu 1 Radeon RX 580 pci ? paused None 30000000 H/s, ? C, memory ? C, fan ? %, ? W, shares 2/1/0/0 last ? s ago",
    );
}

/// One algorithm, whose numbers are those of the devices; hexadecimal buses.
#[test]
fn the_first_form() {
    check(
        NAME,
        &[http(200, "lolminer/1.16a/summary.json")],
        "lolMiner 1.16a mines Etchash up 90 s: Mining
        150370000 H/s, 324.587 W
        shares 3/1/1/? last ? s ago
        pool pool.example:2020 user 0x0012345678901234567890123456789012345678.rig01 connected ? latency 42 difficulty ?
        gpu 0 AMD Radeon VII pci 0000:03:00.0 paused None 75860000 H/s, 47 C, memory 58 C, fan ? %, 160.631 W, shares 1/0/0/? last ? s ago
        gpu 1 AMD Radeon VII pci 0000:16:00.0 paused None 74510000 H/s, 65 C, memory 76 C, fan 35 %, 163.956 W, shares 2/1/1/? last ? s ago",
    );
}

/// Solutions per second, which go without saying.
#[test]
fn before_units_were_named() {
    check(
        NAME,
        &[http(200, "lolminer/0.6/summary.json")],
        "lolMiner 0.6 mines Equihash 210/9 up 140 s: Mining
        65.1 H/s, ? W
        shares 4/0/?/? last ? s ago
        pool pool.example:3333 user 0xa0.rig01 connected ? latency ? difficulty ?
        gpu 0 GeForce GTX 1050 Ti pci 0000:01:00.0 paused None 65.1 H/s, ? C, memory ? C, fan ? %, ? W, shares 4/0/?/? last ? s ago",
    );
}

#[test]
fn other_programs() {
    let other = Unreadable::Garbled("This is not a summary of lolMiner".into());
    check_error(NAME, &[http(200, "trex/0.26.8/summary.json")], &other);
    for body in ["{}", r#"{"Software":"PowerPlay 1"}"#, r#"{"Software":7}"#] {
        let reply = Reply::Http { status: 200, body: body.as_bytes().to_vec() };
        check_error(NAME, &[reply], &other);
    }
}

/// A number without its unit is none.
#[test]
fn an_unknown_unit() {
    let body = String::from_utf8(fixture("lolminer/1.16a/summary.json")).unwrap();
    for unit in ["furlongs", "MB/s", ""] {
        let body = body.replace("mh/s", unit).into_bytes();
        let reading = read(NAME, &[Reply::Http { status: 200, body }]).unwrap();
        let why = "lolMiner reports a hashrate without a known unit";
        assert_eq!(reading.hashrate_hs, Fact::unknown(why));
        assert_eq!(reading.gpus[0].hashrate_hs, Fact::unknown(why));
    }
}

/// Hashrates of devices that are not described are theirs nevertheless.
#[test]
fn more_hashrates_than_devices() {
    let body = br#"{"Software":"lolMiner 1.50","Workers":[{"Index":0,"Name":"A"}],
        "Algorithms":[{"Performance_Unit":"Mh/s","Worker_Performance":[1,2]}]}"#;
    check(
        NAME,
        &[Reply::Http { status: 200, body: body.to_vec() }],
        "lolMiner 1.50 mines ? up ? s: Mining
        3000000 H/s, ? W
        shares ?/?/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?
        gpu 0 A pci ? paused None 1000000 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago
        gpu 1 ? pci ? paused None 2000000 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}

#[test]
fn a_factor_that_belies_the_unit() {
    let hashrate_hs = |unit: &str, factor: &str| {
        let body = format!(
            r#"{{"Software":"lolMiner 1.50","Algorithms":[{{"Performance_Unit":{unit},
                "Performance_Factor":{factor},"Total_Performance":2}}]}}"#
        );
        let replies = [Reply::Http { status: 200, body: body.into_bytes() }];
        read(NAME, &replies).unwrap().hashrate_hs.get()
    };
    assert_eq!(hashrate_hs("\"Mh/s\"", "1000000"), Some(2e6));
    assert_eq!(hashrate_hs("\"Mh/s\"", "null"), Some(2e6));
    assert_eq!(hashrate_hs("null", "1e6"), Some(2e6));
    assert_eq!(hashrate_hs("\"Mh/s\"", "1000"), None);
    assert_eq!(hashrate_hs("\"g/s\"", "1"), Some(2.0));
    assert_eq!(hashrate_hs("null", "0"), None);
    assert_eq!(hashrate_hs("null", "null"), None);
}
