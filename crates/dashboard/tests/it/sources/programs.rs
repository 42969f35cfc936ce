//! Programs with a web API, each as one port that answers its own questions and
//! hangs up on all others.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use serde_json::json;

use super::{first_snapshot, source};
use crate::support::Home;

/// Path of the question, and the file of the miner crate that answers it.
type Answers = &'static [(&'static str, &'static str)];

const PROGRAMS: &[(&str, Answers)] = &[
    ("Rigel", &[("/stat", "rigel/1.23.2/stat.json")]),
    ("SRBMiner-MULTI", &[("/", "srbminer/3.4.6/status.json")]),
    ("WildRig", &[("/", "wildrig/0.49.6/summary.json")]),
    ("BzMiner", &[("/status", "bzminer/24.0.2/status.json")]),
    ("GMiner", &[("/stat", "gminer/3.44/stat.json")]),
    ("apoolminer", &[("/gpu", "apool/3.3.1/gpu.json"), ("/status", "apool/3.3.1/status.json")]),
    ("T-Rex", &[("/summary", "trex/0.26.8/summary.json")]),
    ("NBMiner", &[("/api/v1/status", "nbminer/42.0/status.json")]),
    ("lolMiner", &[("/summary", "lolminer/1.98a/summary.json")]),
    ("OneZeroMiner", &[("/", "onezerominer/1.7.8/status.json")]),
];
/// They take a line and close the connection after the answer.
const TEAMREDMINER: Answers =
    &[(r#"{"command":"summary+devs+pools"}"#, "teamredminer/0.10.21/joined.json")];
const CCMINER: Answers = &[
    ("summary", "ccminer/2.3.1/summary.txt"),
    ("threads", "ccminer/2.3.1/threads.txt"),
    ("pool", "ccminer/2.3.1/pool.txt"),
];
const STRATUMX: Answers = &[
    ("/api/pool/stats", "stratumx/orchard/pool_stats.json"),
    ("/api/pool/workers", "stratumx/orchard/pool_workers.json"),
];

fn serve(answers: Answers, answer: fn(TcpStream, Answers)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), answers);
        }
    });
    address
}

fn question(stream: &mut TcpStream) -> String {
    let mut head = [0; 2048];
    let length = stream.read(&mut head).unwrap_or_default();
    String::from_utf8_lossy(&head[..length]).into_owned()
}

fn file_for(question: &str, answers: Answers) -> Option<Vec<u8>> {
    let (_, file) = answers.iter().find(|(known, _)| *known == question)?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../miner/fixtures");
    Some(std::fs::read(fixtures.join(file)).unwrap())
}

fn answer_line(mut stream: TcpStream, answers: Answers) {
    let question = question(&mut stream);
    if let Some(answer) = file_for(question.trim(), answers) {
        let _ = stream.write_all(&answer);
    }
}

fn answer_http(mut stream: TcpStream, answers: Answers) {
    let head = question(&mut stream);
    let path = head.split(' ').nth(1).unwrap_or_default();
    let body = match file_for(path, answers) {
        Some(body) => body,
        // A page for people.
        None if path == "/" => b"<html>".to_vec(),
        None => return,
    };
    let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(&body);
}

#[test]
fn every_program_is_found_out_by_its_answers() {
    let addresses: Vec<(&str, String)> = PROGRAMS
        .iter()
        .map(|(program, answers)| (*program, format!("http://{}", serve(answers, answer_http))))
        .collect();
    let list: Vec<&str> = addresses.iter().map(|(_, address)| address.as_str()).collect();
    let home = Home::with_users().set("MINER_API_URL", &list.join(","));
    let snapshot = first_snapshot(&home.start());
    for (program, address) in &addresses {
        assert_eq!(source(&snapshot, address)["program"], *program, "{address}: {snapshot}");
    }
}

/// The pool inside the node counts the hashes of the miners once more.
#[test]
fn a_pool_is_shown_and_not_added() {
    let gminer = format!("gminer://{}", serve(PROGRAMS[4].1, answer_http));
    let pool = format!("stratumx://{}", serve(STRATUMX, answer_http));
    let home = Home::with_users().set("MINER_API_URL", &format!("{gminer},{pool}"));
    let dashboard = home.start();
    let snapshot = first_snapshot(&dashboard);
    assert_eq!(source(&snapshot, &pool)["activity"], "serving");
    assert_eq!(source(&snapshot, &pool)["hashrate_hs"], json!(61e6));
    assert_eq!(snapshot["summary"]["hashrate_hs"], json!(53_429_602.0));
    assert_eq!(snapshot["summary"]["accepted"], 6);
    assert_eq!(dashboard.owner().get("/api/stats").ok()["shares"]["accepted"], 6);

    let home = Home::with_users().set("MINER_API_URL", &pool);
    let snapshot = first_snapshot(&home.start());
    assert_eq!(snapshot["summary"]["hashrate_hs"], json!(61e6));
    assert_eq!(snapshot["summary"]["mining"], true);
}

/// ccminer closes the connection without a word on a command that it does not
/// know, here `hwinfo`.
#[test]
fn programs_that_answer_lines() {
    let teamredminer = format!("teamredminer://{}", serve(TEAMREDMINER, answer_line));
    let ccminer = format!("ccminer://{}", serve(CCMINER, answer_line));
    let home = Home::with_users().set("MINER_API_URL", &format!("{teamredminer},{ccminer}"));
    let snapshot = first_snapshot(&home.start());
    let [teamredminer, ccminer] = [&teamredminer, &ccminer].map(|at| source(&snapshot, at));
    assert_eq!(teamredminer["program"], "TeamRedMiner", "{snapshot}");
    assert_eq!(teamredminer["hashrate_hs"], json!(61_234_000.0));
    assert_eq!(ccminer["program"], "ccminer", "{snapshot}");
    assert_eq!(ccminer["pool"]["latency_ms"], 131);
}
