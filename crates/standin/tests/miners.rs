//! The stand-in miners are what the recordings say, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use quaiminer_standin::{Behaviour, HOSTILE, Miner, MinerOptions, Protocol};
use serde_json::{Value, json};

const DETAIL: &[u8] = b"{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"miner_getstatdetail\"}\n";

fn connect(miner: &Miner) -> TcpStream {
    let stream = TcpStream::connect(miner.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream
}

/// Sends and reads to the end of the connection.
fn ask(miner: &Miner, request: &[u8]) -> Vec<u8> {
    let mut stream = connect(miner);
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

/// Sends and reads one line.
fn line(stream: &mut TcpStream, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        answer.push(byte[0]);
    }
    answer
}

fn detail(miner: &Miner) -> Value {
    serde_json::from_slice(&line(&mut connect(miner), DETAIL)).unwrap()
}

/// Head and body.
fn get(miner: &Miner, path: &str, headers: &str) -> (String, Value) {
    let answer = ask(miner, format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").as_bytes());
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

/// The names of all fields and the kinds of all values; lists count as their
/// first item. Whole and fractional numbers are one kind.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect()
        }
        Value::Array(items) => json!([items.first().map(shape)]),
        Value::Null => json!("null"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("text"),
    }
}

#[test]
fn kawpowminer_answers_in_the_recorded_shape() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let check = |method: &str, recorded: &str| {
        let request = format!("{{\"id\":7,\"jsonrpc\":\"2.0\",\"method\":\"{method}\"}}\n");
        let answer: Value =
            serde_json::from_slice(&line(&mut connect(&miner), request.as_bytes())).unwrap();
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        assert_eq!(shape(&answer), shape(&recorded), "{method}");
        assert_eq!(answer["id"], 7, "{method}");
    };
    check("miner_getstatdetail", include_str!("../fixtures/kawpowminer/getstatdetail.json"));
    check("miner_getstat1", include_str!("../fixtures/kawpowminer/getstat1.json"));
    check("miner_getconnections", include_str!("../fixtures/kawpowminer/getconnections.json"));
    check("miner_getscramblerinfo", include_str!("../fixtures/kawpowminer/getscramblerinfo.json"));
    check("miner_ping", include_str!("../fixtures/kawpowminer/ping.json"));
    check("miner_nonsense", include_str!("../fixtures/kawpowminer/unknown_method.json"));
    assert_eq!(miner.requests(), 6);
    miner.set(Behaviour::PoolDown);
    check(
        "miner_getstatdetail",
        include_str!("../fixtures/kawpowminer/pooldown_getstatdetail.json"),
    );
    miner.set(Behaviour::Starting);
    check(
        "miner_getstatdetail",
        include_str!("../fixtures/kawpowminer/starting_getstatdetail.json"),
    );
    let error = line(&mut connect(&miner), b"{nonsense}\n");
    assert_eq!(
        String::from_utf8(error).unwrap(),
        include_str!("../fixtures/kawpowminer/parse_error.json").trim_end()
    );
}

#[test]
fn kawpowminer_repeats_earlier_replies_when_requests_come_together() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let mut stream = connect(&miner);
    let ping = |id: u32| format!("{{\"id\":{id},\"jsonrpc\":\"2.0\",\"method\":\"miner_ping\"}}\n");
    stream.write_all((ping(1) + &ping(2) + &ping(3)).as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let ids = |lines: &str| -> Vec<Value> {
        let parse = |line| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
        lines.lines().map(parse).collect()
    };
    assert_eq!(ids(&answer), [1, 1, 2, 1, 2, 3]);
    let recorded = include_str!("../fixtures/kawpowminer/auth_readonly_benchmark.jsonl");
    assert_eq!(ids(&answer), ids(recorded));
}

#[test]
fn kawpowminer_asks_for_its_password() {
    let options = MinerOptions {
        password: Some("secret".to_owned()),
        ..MinerOptions::new(Protocol::Kawpowminer)
    };
    let miner = Miner::start_with(options).unwrap();
    let mut stream = connect(&miner);
    let mut authorize = |psw: &str| {
        let request =
            json!({"id": 1, "jsonrpc": "2.0", "method": "api_authorize", "params": {"psw": psw}});
        String::from_utf8(line(&mut stream, format!("{request}\n").as_bytes())).unwrap()
    };
    let recorded = |text: &'static str| text.trim_end();
    assert_eq!(authorize("x"), recorded(include_str!("../fixtures/kawpowminer/badauth.json")));
    assert_eq!(authorize("secret"), "{\"id\":1,\"jsonrpc\":\"2.0\"}");
    let answer: Value = serde_json::from_slice(&line(&mut stream, DETAIL)).unwrap();
    assert!(answer["result"]["devices"].is_array());
    let refused = line(&mut connect(&miner), DETAIL);
    assert_eq!(
        String::from_utf8(refused).unwrap(),
        recorded(include_str!("../fixtures/kawpowminer/noauth.json"))
    );
}

#[test]
fn a_browser_at_kawpowminers_port_is_sent_a_page() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let answer = ask(&miner, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(answer.starts_with(b"HTTP/1.1 200 Ok Error\r\n"));
}

#[test]
fn xmrig_answers_in_the_recorded_shape() {
    let miner = Miner::start(Protocol::Xmrig).unwrap();
    let check = |path: &str, status: &str, recorded: &str| {
        let (head, body) = get(&miner, path, "");
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {head}");
        assert!(head.contains("Connection: close"), "{path}: {head}");
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        assert_eq!(shape(&body), shape(&recorded), "{path}");
    };
    check("/2/summary", "200", include_str!("../fixtures/xmrig/2_summary.json"));
    check("/1/summary", "200", include_str!("../fixtures/xmrig/1_summary.json"));
    check("/1/threads", "404", include_str!("../fixtures/xmrig/404.json"));
    check("/2/config", "403", include_str!("../fixtures/xmrig/2_config_restricted.json"));
    miner.set(Behaviour::PoolDown);
    check("/2/summary", "200", include_str!("../fixtures/xmrig/2_summary_pool_down.json"));
    miner.set(Behaviour::Paused);
    check("/2/summary", "200", include_str!("../fixtures/xmrig/2_summary_paused.json"));
}

#[test]
fn xmrig_names_its_devices_and_asks_for_its_token() {
    let options =
        MinerOptions { password: Some("secret".to_owned()), ..MinerOptions::new(Protocol::Xmrig) };
    let miner = Miner::start_with(options).unwrap();
    let (head, body) = get(&miner, "/2/backends", "");
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    let recorded: Value = serde_json::from_str(include_str!("../fixtures/xmrig/401.json")).unwrap();
    assert_eq!(body, recorded);
    let (_, body) = get(&miner, "/2/backends", "Authorization: Bearer secret\r\n");
    assert_eq!(body[2]["threads"].as_array().unwrap().len(), 2);
    assert_eq!(body[2]["threads"][1]["bus_id"], "02:00.0");
    // An hour after its start all windows are full.
    assert!(body[2]["hashrate"][2].as_u64().unwrap() > 50_000_000, "{body}");
}

#[test]
fn cpuminer_answers_in_the_recorded_form() {
    let miner = Miner::start(Protocol::Cpuminer).unwrap();
    let keys = |text: &str| -> Vec<String> {
        text.split(';').map(|field| field.split('=').next().unwrap().to_owned()).collect()
    };
    let answer = String::from_utf8(ask(&miner, b"summary\n")).unwrap();
    assert!(answer.ends_with("|\0"), "{answer:?}");
    assert_eq!(keys(&answer), keys(include_str!("../fixtures/cpuminer/summary.txt")));
    let threads = String::from_utf8(ask(&miner, b"threads")).unwrap();
    assert!(threads.starts_with("CPU=0;MH/s=") && threads.contains("|CPU=1;"), "{threads:?}");
    assert_eq!(ask(&miner, b"hwinfo\n"), b"");
    let help = include_bytes!("../fixtures/cpuminer/help.txt");
    assert_eq!(ask(&miner, b"help\n"), help);
}

#[test]
fn json_has_the_fields_that_the_node_server_reads() {
    let miner = Miner::start(Protocol::Json).unwrap();
    let (_, body) = get(&miner, "/", "");
    assert!(body["hashrate"].as_f64().unwrap() > 50.0, "{body}");
    assert!(body["shares"]["accepted"].as_u64().unwrap() > 0, "{body}");
    assert_eq!(body["is_mining"], true);
    assert_eq!(body["gpus"].as_array().unwrap().len(), 2);
    miner.set(Behaviour::PoolDown);
    let (_, body) = get(&miner, "/", "");
    assert_eq!((&body["is_mining"], body["hashrate"].as_f64()), (&json!(false), Some(0.0)));
}

#[test]
fn values_move_and_a_restart_sets_them_back() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let before = detail(&miner);
    let uptime_s = before["result"]["host"]["runtime"].as_u64().unwrap();
    assert!(uptime_s >= 3600, "{before}");
    let until = Instant::now() + Duration::from_secs(5);
    while detail(&miner)["result"]["mining"]["hashrate"] == before["result"]["mining"]["hashrate"] {
        assert!(Instant::now() < until, "the hashrate does not move");
    }
    miner.set(Behaviour::Restarted);
    let after = detail(&miner);
    assert_eq!(after["result"]["host"]["runtime"], 0);
    assert_eq!(after["result"]["mining"]["shares"], json!([0, 0, 0, 0]));
    assert_eq!(miner.values().hashrate_hs(), 0, "the DAG is being built");
}

#[test]
fn one_device_pauses() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    miner.set(Behaviour::Paused);
    let devices = &detail(&miner)["result"]["devices"];
    assert_eq!(devices[0]["mining"]["paused"], false);
    assert_eq!(devices[1]["mining"]["paused"], true);
    assert_eq!(devices[1]["mining"]["pause_reason"], "Api request");
}

#[test]
fn hostile_names_are_in_every_protocol_that_can_carry_them() {
    for protocol in Protocol::ALL {
        let miner = Miner::start(protocol).unwrap();
        miner.set(Behaviour::HostileText);
        let answer = match protocol {
            Protocol::Kawpowminer => {
                let name = detail(&miner)["result"]["devices"][0]["hardware"]["name"].clone();
                assert!(name.as_str().unwrap().ends_with(HOSTILE), "{name}");
                continue;
            }
            Protocol::Cpuminer => ask(&miner, b"summary\n"),
            _ => ask(&miner, b"GET /2/summary HTTP/1.1\r\n\r\n"),
        };
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains("<script>alert('x')</script>"), "{answer:?}");
    }
}

#[test]
fn every_protocol_misbehaves_on_demand() {
    for protocol in Protocol::ALL {
        let miner = Miner::start(protocol).unwrap();
        let request: &[u8] = match protocol {
            Protocol::Kawpowminer => DETAIL,
            Protocol::Cpuminer => b"summary\n",
            Protocol::Xmrig | Protocol::Json => b"GET /2/summary HTTP/1.1\r\n\r\n",
        };
        let whole = match protocol {
            Protocol::Kawpowminer => line(&mut connect(&miner), request).len() + 1,
            _ => ask(&miner, request).len(),
        };
        // Closing with the request unread resets the connection.
        let ends = |behaviour: Behaviour| {
            miner.set(behaviour);
            let mut stream = connect(&miner);
            let mut answer = Vec::new();
            let _ = stream.write_all(request);
            let _ = stream.read_to_end(&mut answer);
            answer
        };
        assert_eq!(ends(Behaviour::Refuse), b"", "{protocol:?}");
        let half = ends(Behaviour::Truncate).len();
        assert!(half.abs_diff(whole / 2) < 20, "{protocol:?}: {half} of {whole}");

        miner.set(Behaviour::Hang);
        let mut stream = connect(&miner);
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        stream.write_all(request).unwrap();
        let error = stream.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "{protocol:?}");

        miner.set(Behaviour::Flood);
        let mut stream = connect(&miner);
        stream.write_all(request).unwrap();
        let mut flood = vec![0; 3 << 20];
        stream.read_exact(&mut flood).unwrap();
        drop(stream);

        miner.set(Behaviour::Slow(Duration::from_millis(300)));
        let mut stream = connect(&miner);
        let asked = Instant::now();
        stream.write_all(request).unwrap();
        let mut slow = vec![0; whole - 10];
        stream.read_exact(&mut slow).unwrap();
        assert!(asked.elapsed() >= Duration::from_millis(200), "{protocol:?}");

        miner.set(Behaviour::Garbage);
        let mut stream = connect(&miner);
        stream.write_all(request).unwrap();
        let mut garbage = [0; 512];
        let length = stream.read(&mut garbage).unwrap();
        assert!(std::str::from_utf8(&garbage[..length]).is_err(), "{protocol:?}");

        miner.set(Behaviour::Normal);
        assert!(ends_normally(&miner, protocol, request), "{protocol:?}");
        drop(stream);
        let address = miner.address();
        let dropped = Instant::now();
        miner.set(Behaviour::Slow(Duration::from_secs(60)));
        let mut hanging = TcpStream::connect(address).unwrap();
        hanging.write_all(request).unwrap();
        drop(miner);
        assert!(dropped.elapsed() < Duration::from_secs(3), "{protocol:?} did not end");
        assert!(TcpStream::connect(address).is_err(), "{protocol:?} is still there");
    }
}

fn ends_normally(miner: &Miner, protocol: Protocol, request: &[u8]) -> bool {
    match protocol {
        Protocol::Kawpowminer => !line(&mut connect(miner), request).is_empty(),
        _ => !ask(miner, request).is_empty(),
    }
}

#[test]
fn lies_are_well_formed() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let honest = shape(&detail(&miner));
    miner.set(Behaviour::Lie);
    let mut lies = 0;
    for _ in 0..40 {
        lies += u32::from(shape(&detail(&miner)) != honest);
    }
    assert!(lies > 30, "only {lies} of 40 answers differ in their types");
}
