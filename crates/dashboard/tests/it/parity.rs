//! `quaiminer-dashboard parity`: against a server that answers as Node's
//! recording does, and against one that does not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use quaiminer_parity::{Row, read};

use crate::support::{Dashboard, Home};

/// Answers as in these rows of the recording, and keeps what it was asked.
struct Recorded {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Recorded {
    fn start(names: &[&str], change: fn(&Row, &mut String)) -> Self {
        let mut rows = recording();
        rows.retain(|row| names.contains(&row.name.as_str()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = [0; 8192];
                let length = stream.read(&mut head).unwrap();
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                let mut words = head.split(' ');
                let (method, path) = (words.next().unwrap(), words.next().unwrap());
                noted.lock().unwrap().push(format!("{method} {path}"));
                let row = rows.iter().find(|row| row.method == method && row.path == path);
                let _ = stream.write_all(render(row, change).as_bytes());
            }
        });
        Recorded { address, asked }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn recording() -> Vec<Row> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../parity/fixtures/golden.jsonl");
    read(std::path::Path::new(file)).unwrap()
}

fn render(row: Option<&Row>, change: fn(&Row, &mut String)) -> String {
    let Some(row) = row else {
        return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned();
    };
    let mut body = match row.answer.body.as_str() {
        Some(text) => text.to_owned(),
        None => row.answer.body.to_string(),
    };
    change(row, &mut body);
    let media = row.answer.header("content-type");
    format!(
        "HTTP/1.1 {} As recorded\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}",
        row.answer.status,
        body.len()
    )
}

/// The rows that only read, of which ours answers the same or by a rule.
const READS: [&str; 6] =
    ["health", "stats", "blocks.empty", "blocks.stats.empty", "miner.status", "page.api.unknown"];

fn rows(home: &Home, names: &[&str]) -> String {
    let text = include_str!("../../../parity/fixtures/golden.jsonl");
    let wanted = text.lines().filter(|line| {
        let row = Row::parse(line).unwrap();
        names.contains(&row.name.as_str())
    });
    let file = home.path("rows.jsonl");
    std::fs::write(&file, wanted.collect::<Vec<_>>().join("\n")).unwrap();
    file.display().to_string()
}

fn ours(home: &Home) -> (Dashboard, String) {
    let dashboard = home.start();
    let url = format!("http://{}", dashboard.address);
    (dashboard, url)
}

#[test]
fn answers_that_are_the_same_or_deviate_by_a_rule() {
    let home = Home::new().set("AUTH_MODE", "open").set("NODE_ENV", "production");
    let (_dashboard, url) = ours(&home);
    let node = Recorded::start(&READS, |_, _| {});
    let file = rows(&home, &READS);
    let done = ["parity", "--against", &node.url(), "--ours", &url, "--rows", &file];
    let done = done.iter().fold(Home::new(), |home, word| home.argument(word)).run();
    let printed = done.stdout.join("\n");
    assert_eq!(done.code, Some(0), "{printed}\n{:?}", done.stderr);
    assert!(printed.contains("same          GET /api/health"), "{printed}");
    assert!(printed.contains("R4"), "{printed}");
    assert!(printed.contains("R5"), "{printed}");
    assert!(printed.contains("    0  different"), "{printed}");
}

#[test]
fn an_answer_that_differs_is_shown_and_ends_in_failure() {
    let home = Home::new().set("AUTH_MODE", "open").set("NODE_ENV", "production");
    let (_dashboard, url) = ours(&home);
    let node = Recorded::start(&READS, |row, body| {
        if row.name == "blocks.stats.empty" {
            *body = body.replace("\"total\":0", "\"total\":5,\"kept\":true");
        }
    });
    let file = rows(&home, &READS);
    let done = ["parity", "--against", &node.url(), "--ours", &url, "--rows", &file];
    let done = done.iter().fold(Home::new(), |home, word| home.argument(word)).run();
    let printed = done.stdout.join("\n");
    assert_eq!(done.code, Some(1), "{printed}");
    assert!(printed.contains("differs       GET /api/blocks/stats"), "{printed}");
    assert!(printed.contains("/body/total: expected 5, got 0"), "{printed}");
    assert!(printed.contains("/body/kept: missing; expected true"), "{printed}");
}

#[test]
fn nothing_is_changed_unless_it_is_allowed() {
    let home = Home::with_users();
    let (dashboard, url) = ours(&home);
    let names = ["blocks.post.min", "blocks.stats.empty"];
    let node = Recorded::start(&names, |_, _| {});
    let events = dashboard.events().len();
    std::fs::write(home.path("key"), format!("{}\n", crate::support::OWNER_KEY)).unwrap();
    let key = home.path("key").display().to_string();
    let against = node.url();
    let run = |words: &[&str]| {
        let words = [&["parity", "--against", &against, "--ours", &url], words].concat();
        words.iter().fold(Home::new(), |home, word| home.argument(word)).run()
    };
    // Without a recording: whatever comes of it, all of it are questions.
    let done = run(&["--key-file", &key]);
    assert!(done.stdout.len() > 30, "{:?} {:?}", done.stdout, done.stderr);
    let file = rows(&home, &names);
    run(&["--rows", &file]);
    let asked = node.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|line| line.starts_with("GET ")), "{asked:?}");
    assert!(!asked.iter().any(|line| line.contains("/export/")), "{asked:?}");
    let total = || dashboard.owner().get("/api/blocks/stats").json()["total"].clone();
    assert_eq!(total(), 0);
    assert_eq!(dashboard.events().len(), events, "{:?}", dashboard.events());

    let changes = run(&["--rows", &file, "--changes"]);
    let asked = node.asked.lock().unwrap().clone();
    assert!(asked.contains(&"POST /api/blocks/validated".to_owned()), "{asked:?}");
    // Ours wants to know who asks.
    assert_eq!(changes.code, Some(1));
    assert_eq!(total(), 0);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let run = |words: &[&str]| {
        let words = [&["parity"], words].concat();
        words.iter().fold(Home::new(), |home, word| home.argument(word)).run()
    };
    let done = run(&["--against", "http://127.0.0.1:1"]);
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.join("\n").contains("127.0.0.1:1: "), "{:?}", done.stderr);
    assert_eq!(run(&[]).code, Some(1));
    assert_eq!(run(&["--against", "https://127.0.0.1:1"]).code, Some(1));
}
