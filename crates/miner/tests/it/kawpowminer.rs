use quaiminer_domain::Fact;
use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, fixture, line, read};

const NAME: &str = "kawpowminer";

fn both(detail: &str, stat1: &str) -> [Reply; 2] {
    [line(&format!("kawpowminer/{detail}")), line(&format!("kawpowminer/{stat1}"))]
}

#[test]
fn mining() {
    let replies = both("1.2.4/getstatdetail.json", "1.2.4/getstat1.json");
    check(
        NAME,
        &replies,
        "kawpowminer 1.2.4+commit.632f6ea0 mines kawpow up 68 s: Mining
        34540 H/s, ? W
        shares 46/4/0/? last 0 s ago
        pool 127.0.0.1:3334 user 0x0012345678901234567890123456789012345678.rig01 connected true latency ? difficulty 19999
        gpu 0 22.47 GB pci ? paused None 16968 H/s, ? C, memory ? C, fan ? %, ? W, shares 26/1/0/? last 2 s ago
        gpu 1 22.47 GB pci ? paused None 17571 H/s, ? C, memory ? C, fan ? %, ? W, shares 20/3/0/? last 0 s ago",
    );
    let reading = read(NAME, &replies).unwrap();
    // --HWMON is off: three zeros are no measurement.
    let no_sensor = "The miner reports 0, as it does without a sensor";
    assert_eq!(reading.gpus[0].temp_c, Fact::unknown(no_sensor));
    assert_eq!(reading.gpus[0].power_w, Fact::unknown(no_sensor));
    assert_eq!(reading.power_w, Fact::unknown(no_sensor));
    assert_eq!(
        reading.gpus[0].pci,
        Fact::unknown("The miner reports no PCI address for this device")
    );
}

#[test]
fn one_device_paused() {
    check(
        NAME,
        &both("1.2.4/paused_getstatdetail.json", "1.2.4/paused_getstat1.json"),
        "kawpowminer 1.2.4+commit.632f6ea0 mines kawpow up 85 s: Mining
        18093 H/s, ? W
        shares 69/6/0/? last 1 s ago
        pool 127.0.0.1:3334 user 0x0012345678901234567890123456789012345678.rig01 connected true latency ? difficulty 19999
        gpu 0 22.47 GB pci ? paused None 18093 H/s, ? C, memory ? C, fan ? %, ? W, shares 42/3/0/? last 1 s ago
        gpu 1 22.47 GB pci ? paused Some(\"Api request\") 0 H/s, ? C, memory ? C, fan ? %, ? W, shares 27/3/0/? last 7 s ago",
    );
}

#[test]
fn pool_lost() {
    check(
        NAME,
        &both("1.2.4/pooldown_getstatdetail.json", "1.2.4/pooldown_getstat1.json"),
        "kawpowminer 1.2.4+commit.632f6ea0 mines kawpow up 93 s: NoPool
        0 H/s, ? W
        shares 70/6/0/? last 6 s ago
        pool 127.0.0.1:3334 user 0x0012345678901234567890123456789012345678.rig01 connected false latency ? difficulty ?
        gpu 0 22.47 GB pci ? paused Some(\"Farm suspended\") 0 H/s, ? C, memory ? C, fan ? %, ? W, shares 43/3/0/? last 6 s ago
        gpu 1 22.47 GB pci ? paused Some(\"Api request; Farm suspended\") 0 H/s, ? C, memory ? C, fan ? %, ? W, shares 27/3/0/? last 15 s ago",
    );
}

/// While the DAG is built all is zero; the age of the last share is then that
/// of the program and means nothing.
#[test]
fn starting() {
    check(
        NAME,
        &[line("kawpowminer/1.2.4/starting_getstatdetail.json")],
        "kawpowminer 1.2.4+commit.632f6ea0 mines kawpow up 2 s: Starting
        0 H/s, ? W
        shares 0/0/0/? last ? s ago
        pool 127.0.0.1:3334 user 0x0012345678901234567890123456789012345678.rig01 connected true latency ? difficulty 19999
        gpu 0 22.47 GB pci ? paused None 0 H/s, ? C, memory ? C, fan ? %, ? W, shares 0/0/0/? last ? s ago
        gpu 1 22.47 GB pci ? paused None 0 H/s, ? C, memory ? C, fan ? %, ? W, shares 0/0/0/? last ? s ago",
    );
}

/// Lines of a session with a password, in benchmark mode: a successful sign-in
/// answers with nothing, a forbidden write with an error.
#[test]
fn benchmark_with_a_password() {
    let session = fixture("kawpowminer/1.2.4/auth_readonly_benchmark.jsonl");
    let lines: Vec<Reply> = session
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| Reply::Bytes(line.to_vec()))
        .collect();
    let not_an_answer = Unreadable::Garbled("This is not an answer of kawpowminer".into());
    check_error(NAME, &lines[..1], &not_an_answer);
    for at in [2, 4] {
        check(
            NAME,
            &lines[at..=at],
            "kawpowminer 1.2.4+commit.632f6ea0 mines kawpow up 44 s: Mining
            1650 H/s, ? W
            shares 0/0/0/? last ? s ago
            pool localhost:0 user ? connected true latency ? difficulty 42949
            gpu 0 21.28 GB pci ? paused None 1650 H/s, ? C, memory ? C, fan ? %, ? W, shares 0/0/0/? last ? s ago",
        );
    }
    let refused = Unreadable::Refused("The miner answers: Method not available (-32601)".into());
    check_error(NAME, &lines[5..], &refused);
}

#[test]
fn errors_say_what_to_do() {
    let check = |file: &str, expected: &str| {
        let replies = [line(&format!("kawpowminer/{file}"))];
        check_error(NAME, &replies, &Unreadable::Refused(expected.to_owned().into()));
    };
    let password = "The miner's API wants a password; start the miner without --api-password";
    check("1.2.4/noauth.json", password);
    check("1.2.4/badauth.json", password);
    check("1.2.4/unknown_method.json", "The miner answers: Method not found (-32601)");
    check(
        "1.2.4/parse_error.json",
        "The miner answers: Json parse error : * Line 1, Column 2   Missing '}' or object member name (-32700)",
    );
}

/// With several requests at once the program repeats earlier replies, so an
/// answer to something else may stand in this one's place.
#[test]
fn answers_to_other_questions() {
    for file in [
        "1.2.4/getconnections.json",
        "1.2.4/getscramblerinfo.json",
        "1.2.4/getstat1.json",
        "1.2.4/pausegpu.json",
        "1.2.4/ping.json",
    ] {
        let replies = [line(&format!("kawpowminer/{file}"))];
        let expected = Unreadable::Garbled("This is not an answer of kawpowminer".into());
        check_error(NAME, &replies, &expected);
    }
}

#[test]
fn a_second_reply_that_fails_leaves_the_first() {
    let detail = line("kawpowminer/1.2.4/getstatdetail.json");
    let alone = read(NAME, std::slice::from_ref(&detail)).unwrap();
    for second in [
        Reply::Failed("timed out".into()),
        line("kawpowminer/1.2.4/noauth.json"),
        detail.clone(),
        Reply::Bytes(Vec::new()),
    ] {
        assert_eq!(read(NAME, &[detail.clone(), second]).unwrap(), alone);
    }
    let expected = Unreadable::NoAnswer("timed out".into());
    check_error(NAME, &[Reply::Failed("timed out".into()), detail], &expected);
}

/// A card with sensors: the reply of the documentation's form, 16 digits for
/// the hashrate included. The second reply fills what the first lacks.
#[test]
fn a_gpu_with_sensors_and_gaps() {
    let detail = br#"{"id":1,"jsonrpc":"2.0","result":{"connection":{"connected":true,"uri":""},
        "devices":[{"_index":4,"hardware":{"name":"GeForce RTX 3080 9.78 GB","pci":"01:00.0","sensors":[61,65,221.5],"type":"GPU"},
        "mining":{"hashrate":"0x00000000029020c0","pause_reason":null,"paused":false,"shares":[570,2,null,8]}}],
        "host":{"name":"rig","runtime":null},"mining":{"hashrate":"0x00000000029020c0","shares":[570,2,-1,8]}}}"#;
    check(
        NAME,
        &[Reply::Bytes(detail.to_vec()), line("kawpowminer/1.2.4/getstat1.json")],
        "kawpowminer 1.2.4+commit.632f6ea0 mines kawpow up 60 s: Mining
        43000000 H/s, 221.5 W
        shares 570/2/0/? last 8 s ago
        pool 127.0.0.1:3334 user ? connected true latency ? difficulty ?
        gpu 4 GeForce RTX 3080 9.78 GB pci 0000:01:00.0 paused None 43000000 H/s, 61 C, memory ? C, fan 65 %, 221.5 W, shares 570/2/?/? last 8 s ago",
    );
}

/// Relatives that know `miner_getstat1` only; some put blanks into its lists,
/// and write `0;0` for missing sensors and `off` for a card that rests.
#[test]
fn the_older_half_alone() {
    let stat1 = |stat1: &str| {
        let body = format!(r#"{{"id":2,"error":null,"result":{stat1}}}"#);
        [line("kawpowminer/1.2.4/unknown_method.json"), Reply::Bytes(body.into_bytes())]
    };
    check(
        NAME,
        &stat1(
            r#"["ethminer-0.14.0","12"," 61234; 9; 1","30734; 30500; off","0;0;0","off;off",
                "58; 60; 0; 0","pool.example:1185; spare.example:1","2;0;0;0"]"#,
        ),
        "ethminer 0.14.0 mines ? up 720 s: Mining
        61234000 H/s, ? W
        shares 9/1/2/? last ? s ago
        pool pool.example:1185 user ? connected ? latency ? difficulty ?
        gpu 0 ? pci ? paused None 30734000 H/s, 58 C, memory ? C, fan 60 %, ? W, shares ?/?/?/? last ? s ago
        gpu 1 ? pci ? paused None 30500000 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago
        gpu 2 ? pci ? paused None ? H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
    let why = Unreadable::Refused("The miner answers: Method not found (-32601)".into());
    for none in ["[]", "{}", r#"["x","1","off","2"]"#, r#"["x","1","5;1;0"]"#] {
        check_error(NAME, &stat1(none), &why);
    }
}
