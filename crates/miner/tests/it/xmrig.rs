use quaiminer_domain::Fact;
use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, fixture, http, read};

const NAME: &str = "xmrig";

#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "xmrig/6.26.0/2_summary.json"), http(200, "xmrig/6.26.0/2_backends.json")],
        "XMRig 6.26.0 mines cn/half up 128 s: Mining
        152.35 H/s, ? W
        shares 88/9/?/? last ? s ago
        pool 127.0.0.1:3333 user ? connected true latency ? difficulty 170
        gpu 0 AMD EPYC pci ? paused None 152.35 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}

/// The older form of the summary says the same.
#[test]
fn mining_by_version_1_of_the_api() {
    check(
        NAME,
        &[http(200, "xmrig/6.26.0/1_summary.json"), http(404, "xmrig/6.26.0/1_threads.json")],
        "XMRig 6.26.0 mines cn/half up 128 s: Mining
        152.35 H/s, ? W
        shares 88/9/?/? last ? s ago
        pool 127.0.0.1:3333 user ? connected true latency ? difficulty 170",
    );
}

#[test]
fn paused() {
    let replies = [http(200, "xmrig/6.26.0/2_summary_paused.json")];
    check(
        NAME,
        &replies,
        "XMRig 6.26.0 mines cn/half up 10 s: Paused(\"XMRig is paused\")
        ? H/s, ? W
        shares 4/0/?/? last ? s ago
        pool 127.0.0.1:3333 user ? connected true latency ? difficulty 170",
    );
    let reading = read(NAME, &replies).unwrap();
    assert_eq!(reading.hashrate_hs, Fact::unknown("XMRig reports no hashrate while it waits"));
}

/// `paused` is true although nobody paused it; the hashrate is the program's
/// own, sinking average.
#[test]
fn pool_down() {
    check(
        NAME,
        &[http(200, "xmrig/6.26.0/2_summary_pool_down.json")],
        "XMRig 6.26.0 mines cn/half up 17 s: NoPool
        7.77 H/s, ? W
        shares 4/0/?/? last ? s ago
        pool 127.0.0.1:3333 user ? connected false latency ? difficulty ?",
    );
}

#[test]
fn errors() {
    let check = |status, file: &str, expected| {
        check_error(NAME, &[http(status, &format!("xmrig/{file}"))], &expected);
    };
    let refused = |status| {
        let reason = format!("The miner's API wants a password or token (HTTP {status})");
        Unreadable::Refused(reason.into())
    };
    check(401, "6.26.0/401.json", refused(401));
    check(403, "6.26.0/2_config_restricted.json", refused(403));
    let nothing = Unreadable::Garbled("Nothing is served at this address (HTTP 404)".into());
    check(404, "6.26.0/404.json", nothing);
    let other = Unreadable::Garbled("This is not a summary of XMRig".into());
    check(200, "6.26.0/jsonrpc_pause.json", other.clone());
    check(200, "6.26.0/401.json", other);
    let not_json = Unreadable::Garbled("The reply is not JSON".into());
    check(200, "6.26.0/headers.txt", not_json);
    let redirect = Unreadable::Garbled("The miner's API answers with HTTP 302".into());
    check(302, "6.26.0/404.json", redirect);
}

/// Versions 6.20 to 6.22 were reported to cut their replies short.
#[test]
fn a_reply_cut_short() {
    let mut body = fixture("xmrig/6.26.0/2_summary.json");
    body.truncate(body.len() - 30);
    let expected = Unreadable::Garbled("The reply is cut short".into());
    check_error(NAME, &[Reply::Http { status: 200, body }], &expected);
}

#[test]
fn backends_that_fail_leave_the_summary() {
    let summary = http(200, "xmrig/6.26.0/2_summary.json");
    let backends = http(401, "xmrig/6.26.0/401.json");
    let reading = read(NAME, &[summary.clone(), backends]).unwrap();
    assert!(reading.gpus.is_empty());
    let why = "The miner's API wants a password or token (HTTP 401)";
    assert_eq!(reading.power_w, Fact::unknown(why));
    let reading = read(NAME, &[summary, Reply::Failed("timed out".into())]).unwrap();
    assert_eq!(reading.power_w, Fact::unknown("timed out"));
    assert_eq!(reading.hashrate_hs, Fact::Known(152.35));
}

/// No GPU was there for the capture: fields and units as in XMRig's source.
/// Two threads of one card are one device; an AMD fan is told in turns per
/// minute and is no percentage.
#[test]
fn gpus() {
    let backends = br#"[
        {"type":"cpu","enabled":true,"hashrate":[null,150.5,null],"threads":[{"hashrate":[null,150.5,null]}]},
        {"type":"opencl","enabled":true,"threads":[
            {"index":1,"name":"Radeon RX 580","bus_id":"0A:00.0","hashrate":[9000000.0,null,null],
             "health":{"temperature":58,"power":90,"clock":1200,"mem_clock":2000,"fan_speed":[1650]}},
            {"index":1,"name":"Radeon RX 580","bus_id":"0A:00.0","hashrate":[9500000.5,null,null],
             "health":{"temperature":58,"power":90,"clock":1200,"mem_clock":2000,"fan_speed":[1650]}}]},
        {"type":"cuda","enabled":true,"threads":[
            {"index":1,"name":"GeForce RTX 3080","bus_id":"01:00.0","hashrate":[43000000.0,null,null],
             "health":{"temperature":61,"power":221,"fan_speed":[0,65]}},
            {"index":2,"name":"GeForce GTX 1060","bus_id":"02:00.0","hashrate":[null,null,null]}]},
        {"type":"opencl","enabled":false,"threads":[{"index":9}]}]"#;
    let replies = [
        http(200, "xmrig/6.26.0/2_summary.json"),
        Reply::Http { status: 200, body: backends.to_vec() },
    ];
    check(
        NAME,
        &replies,
        "XMRig 6.26.0 mines cn/half up 128 s: Mining
        152.35 H/s, ? W
        shares 88/9/?/? last ? s ago
        pool 127.0.0.1:3333 user ? connected true latency ? difficulty 170
        gpu 1 Radeon RX 580 pci 0000:0a:00.0 paused None 18500000.5 H/s, 58 C, memory ? C, fan ? %, 90 W, shares ?/?/?/? last ? s ago
        gpu 0 GeForce RTX 3080 pci 0000:01:00.0 paused None 43000000 H/s, 61 C, memory ? C, fan 65 %, 221 W, shares ?/?/?/? last ? s ago
        gpu 2 GeForce GTX 1060 pci 0000:02:00.0 paused None ? H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago
        gpu 3 AMD EPYC pci ? paused None 150.5 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}

#[test]
fn counters_of_the_results_stand_in() {
    let summary = br#"{"connection":{"ip":null},"hashrate":{"total":[]},
        "results":{"shares_good":88,"shares_total":97}}"#;
    let reading = read(NAME, &[Reply::Http { status: 200, body: summary.to_vec() }]).unwrap();
    assert_eq!(reading.shares.accepted, Fact::Known(88));
    assert_eq!(reading.shares.rejected, Fact::Known(9));
}

/// WildRig answers in the same form, forks under names of their own.
#[test]
fn relatives() {
    let summary = |agent: &str| {
        let body = format!(r#"{{"ua":"{agent}","connection":{{}},"hashrate":{{"total":[1]}}}}"#);
        [Reply::Http { status: 200, body: body.into_bytes() }]
    };
    let other = Unreadable::Garbled("This is not a summary of XMRig".into());
    check_error(NAME, &summary("WildRig/0.49.6 (Linux x86_64)"), &other);
    assert!(read(NAME, &summary("XMRig/6.26.0 (Linux x86_64)")).is_ok());
    assert!(read(NAME, &summary("XMRigCC/3.4.0 (Linux x86_64)")).is_ok());
}

/// Backends that do not say whether they are switched on have threads or not.
#[test]
fn backends_without_a_switch() {
    let backends = br#"[{"type":"cuda","threads":[{"bus_id":"0A:00.0","hashrate":[5]}]},
        {"type":"opencl"}]"#;
    let replies = [
        http(200, "xmrig/6.26.0/2_summary.json"),
        Reply::Http { status: 200, body: backends.to_vec() },
    ];
    let gpus = read(NAME, &replies).unwrap().gpus;
    assert_eq!(gpus.len(), 1);
    assert_eq!(gpus[0].hashrate_hs, Fact::Known(5.0));
}
