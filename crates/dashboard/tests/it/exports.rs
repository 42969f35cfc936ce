//! Files made of what was measured and found.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use quaiminer_standin::{Miner, Protocol};
use serde_json::{Value, json};

use crate::support::http::Response;
use crate::support::{Client, Dashboard, Home, eventually};

const HASH: &str = "0x0000000000000000000000000000000000000000000000000000000000000003";

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// The file of an answer, with everything that says what it is.
fn file(client: &Client, path: &str, media_type: &str) -> String {
    let response = client.get(path);
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    assert_eq!(response.header("content-type"), Some(media_type), "{path}");
    assert_eq!(response.header("cache-control"), Some("no-store"), "{path}");
    response.text()
}

fn csv(client: &Client, query: &str) -> String {
    file(client, &format!("/api/export/csv{query}"), "text/csv; charset=UTF-8")
}

fn name_of(response: &Response) -> &str {
    let disposition = response.header("content-disposition").unwrap();
    disposition.strip_prefix("attachment; filename=\"").unwrap().strip_suffix('"').unwrap()
}

fn with_blocks() -> Home {
    let home = Home::with_users();
    home.sqlite()
        .execute_batch(&format!(
            "INSERT INTO validated_blocks
                (block_number, block_hash, timestamp, chain, reward, tx_hash, created_at)
             VALUES
                (1003.0, '{HASH}', 1700000037035.0, 'Paxos, \"2\"', 1.5, NULL, '2024-01-02 03:04:05'),
                (1002.0, NULL, 'yesterday', '=HYPERLINK(\"http://evil.example\")', 1.0, '+1', NULL),
                (1001.0, '@x', 1700000012345.0, 'two' || char(10) || 'lines', 'much', '', NULL),
                (1e20, NULL, 9e999, NULL, -0.5, NULL, NULL);"
        ))
        .unwrap();
    home
}

#[test]
fn blocks_as_csv_with_nodes_columns_and_no_formulas() {
    let home = with_blocks();
    let dashboard = home.start();
    let expected = format!(
        "Block Number,Block Hash,Timestamp,Chain,Reward,Transaction Hash\n\
         100000000000000000000,,,,-0.5,\n\
         1003,{HASH},2023-11-14T22:13:57.035Z,\"Paxos, \"\"2\"\"\",1.5,\n\
         1002,,yesterday,\"'=HYPERLINK(\"\"http://evil.example\"\")\",1,'+1\n\
         1001,'@x,2023-11-14T22:13:32.345Z,\"two\nlines\",much,\n"
    );
    for query in ["", "?type=blocks", "?type="] {
        assert_eq!(csv(&dashboard.viewer(), query), expected, "{query}");
    }
    let response = dashboard.owner().get("/api/export/csv");
    let name = name_of(&response);
    let ms: i64 = name
        .strip_prefix("quaiminer-blocks-")
        .and_then(|rest| rest.strip_suffix(".csv")?.parse().ok())
        .unwrap_or_else(|| panic!("{name}"));
    assert!((now_ms() - ms).abs() < 60_000, "{name}");
    assert_eq!(response.header("content-length"), Some(expected.len().to_string().as_str()));
}

#[test]
fn blocks_as_json_as_they_are_stored() {
    let home = with_blocks();
    let dashboard = home.start();
    let text = file(&dashboard.owner(), "/api/export/json", "application/json; charset=UTF-8");
    assert!(text.starts_with("[\n  {\n    \"id\": 4,\n    \"block_number\": 1000000"), "{text}");
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(
        rows[1],
        json!({
            "id": 1,
            "block_number": 1003,
            "block_hash": HASH,
            "timestamp": 1_700_000_037_035_i64,
            "chain": "Paxos, \"2\"",
            "reward": 1.5,
            "tx_hash": null,
            "created_at": "2024-01-02 03:04:05",
        })
    );
    assert_eq!(
        (rows.len(), &rows[0]["timestamp"], &rows[2]["timestamp"]),
        (4, &json!(null), &json!("yesterday"))
    );
}

#[test]
fn nothing_is_exported_as_nothing() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let head = "Timestamp,Hash Rate (MH/s),Accepted Shares,Rejected Shares,Power Usage (W),Temperature (°C),Fan Speed (%)";
    assert_eq!(csv(&owner, "?type=stats"), format!("{head}\n\n"));
    for kind in ["blocks", "stats&hours=0", "samples"] {
        let path = format!("/api/export/json?type={kind}");
        assert_eq!(file(&owner, &path, "application/json; charset=UTF-8"), "[]");
    }
    for format in ["csv", "json"] {
        for kind in ["nope", "../../x", "a&type=b", "Blocks"] {
            let refusal = owner.get(&format!("/api/export/{format}?type={kind}")).refusal(400);
            assert_eq!(refusal["field"], "type");
        }
        for hours in ["-1", "1.5", "x"] {
            let path = format!("/api/export/{format}?type=stats&hours={hours}");
            assert_eq!(owner.get(&path).refusal(400)["field"], "hours");
        }
    }
}

#[test]
fn history_with_oddities_and_gaps() {
    let home = Home::with_users();
    let now = now_ms();
    let row = |back_ms: i64, values: &str| format!("({}.0, {values}, 0)", now - back_ms);
    home.sqlite()
        .execute_batch(&format!(
            "INSERT INTO mining_stats (timestamp, hash_rate, accepted_shares, rejected_shares,
                power_usage, temperature, fan_speed, gpu_id) VALUES {}, {}, {}, ('soon', 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0)",
            row(90_000_000, "1.0, 1, 1, 1, 1, 1"),
            row(60_000, "10.5, 5, 1, 150.5, 65, NULL"),
            row(90_000, "'=fast', 1.5, 0, NULL, 'hot', 33.3"),
        ))
        .unwrap();
    let dashboard = home.start();
    let text = csv(&dashboard.owner(), "?type=stats");
    let rows: Vec<&str> = text.lines().skip(1).map(|row| row.split_once(',').unwrap().1).collect();
    assert_eq!(rows, ["'=fast,1.5,0,,hot,33.3", "10.5,5,1,150.5,65,", "1,2,3,4,5,6"]);
    assert_eq!(csv(&dashboard.owner(), "?type=stats&hours=30").lines().count(), 5);
}

#[test]
fn what_is_measured_is_in_every_export_at_once() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let home = Home::with_users().set("MINER_API_URL", &miner.url());
    let dashboard = home.start();
    let rows = eventually("samples", || {
        let text = csv(&dashboard.owner(), "?type=samples");
        let rows: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        (rows.len() >= 2 && !rows[0].is_empty()).then_some(rows)
    });
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!(cells.len(), 10, "{row}");
        assert!(cells[1] == miner.url() && cells[3].parse::<f64>().unwrap() > 0.0, "{row}");
    }
}

#[test]
fn a_part_from_the_beginning_and_heads() {
    let home = with_blocks();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let whole = owner.get("/api/export/csv");
    let part = owner.clone().with("Range", "bytes=0-9").get("/api/export/csv");
    assert_eq!((part.status, part.text().as_str()), (206, "Block Numb"));
    let total = whole.body.len();
    assert_eq!(part.header("content-range"), Some(format!("bytes 0-9/{total}").as_str()));
    // Elsewhere it would be a piece of another file.
    for range in ["bytes=5-9", "bytes=-5", "bytes=0-1,3-4", "lines=0-1", "bytes=0-99999999"] {
        let answer = owner.clone().with("Range", range).get("/api/export/csv");
        assert_eq!((answer.status, answer.body.len()), (200, total), "{range}");
    }
    for path in ["/api/export/csv", "/api/export/json", "/api/export/pdf"] {
        let head = owner.send("HEAD", path, None);
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), None, "which is not known");
        let get = owner.get(path);
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert!(name_of(&head).starts_with("quaiminer-"));
    }
}

/// The texts of a report, which are not packed.
fn texts(pdf: &Response) -> String {
    assert_eq!(pdf.status, 200, "{}", pdf.text());
    assert_eq!(pdf.header("content-type"), Some("application/pdf"));
    assert!(pdf.body.starts_with(b"%PDF-1.3"));
    assert!(pdf.body.ends_with(b"%%EOF") || pdf.body.ends_with(b"%%EOF\n"));
    pdf.body.iter().map(|byte| char::from(*byte)).collect()
}

#[test]
fn a_report_to_print() {
    let home = with_blocks();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let get = |query: &str| texts(&owner.get(&format!("/api/export/pdf{query}")));
    let all = get("");
    for text in [
        "(Quai GPU Miner Report)",
        "(Block Statistics)",
        "(Total Blocks)",
        "(#1003)",
        "(1 / 2)",
        "(Hashrate (MH/s))",
    ] {
        assert!(all.contains(text), "{text}");
    }
    let short = get("?includeStats=false&includeCharts=false");
    assert!(!short.contains("Total Blocks") && !short.contains("Hashrate"));
    let day = get("?startDate=2023-11-14&endDate=2023-11-14");
    assert!(day.contains("(#1003)") && day.contains("(#1001)") && !day.contains("(#1002)"));
    assert!(day.contains("(Period: 2023-11-14 00:00 to 2023-11-15 00:00 (UTC))"));
    assert!(get("?startDate=2023-11-15&endDate=2024-11-15").contains("(None in this period)"));
    // A month and more, with the ends exchanged.
    get("?startDate=2026-11-14&endDate=2025-01-01T00:00:00Z");
    for wrong in ["startDate=x", "endDate=1960-01-01", "includeStats=maybe", "includeCharts=1"] {
        let refusal = owner.get(&format!("/api/export/pdf?{wrong}")).refusal(400);
        assert_eq!(refusal["field"], wrong.split('=').next().unwrap());
    }
}

/// Samples of some days of 12 miners, which end now.
fn with_samples(moments: u32) -> (Home, u64) {
    let home = Home::with_users();
    home.start().stop();
    let connection = home.sqlite();
    connection
        .execute_batch(&format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12)
             INSERT INTO qm_miners (id, address) SELECT n, 'kawpowminer://127.0.0.1:' || (21000 + n) FROM n;
             WITH RECURSIVE t(t) AS (SELECT {} UNION ALL SELECT t + 5000 FROM t LIMIT {moments})
             INSERT INTO qm_samples
             SELECT t << 12 | id, t / 1000, 21.5e6 + id, t / 60000, 3, 0, 130.5, 62.0, 71.0
             FROM t, qm_miners;",
            now_ms() - i64::from(moments) * 5000
        ))
        .unwrap();
    (home, u64::from(moments) * 12)
}

fn resident_kb(dashboard: &Dashboard) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", dashboard.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_large_export_needs_no_memory_and_leaves_no_file() {
    let (home, rows) = with_samples(25_000);
    let dashboard = home.start();
    // What a first answer of any kind needs.
    dashboard.owner().get("/api/export/csv?type=samples&hours=1");
    let (files, before) = (home.files(), resident_kb(&dashboard));
    for (format, line) in [("csv", "\n"), ("json", "\n  {\n")] {
        let path = format!("/api/export/{format}?type=samples&hours=800");
        let response = dashboard.owner().get(&path);
        assert_eq!(response.header("transfer-encoding"), Some("chunked"));
        let text = response.text();
        let found = text.matches(line).count() as u64;
        assert_eq!(found, rows + u64::from(format == "csv"), "{format}");
        let grown = resident_kb(&dashboard) - before;
        assert!(grown <= 4096, "{grown} kB for {} MB", text.len() >> 20);
    }
    let names = |files: &std::collections::BTreeMap<_, _>| -> Vec<std::path::PathBuf> {
        files.keys().cloned().collect()
    };
    assert_eq!(names(&home.files()), names(&files));
}

/// An export of which as much is sent as fits between here and there.
fn begin(dashboard: &Dashboard) -> TcpStream {
    let mut stream = TcpStream::connect(dashboard.address).unwrap();
    let head = dashboard.owner().head("GET", "/api/export/csv?type=samples&hours=800");
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    stream
}

/// Longer than a connection is kept on which nothing happens.
#[test]
fn who_reads_slowly_is_waited_for_and_who_leaves_is_not() {
    let (home, _) = with_samples(25_000);
    let dashboard = home.start();
    let (mut slow, gone) = (begin(&dashboard), begin(&dashboard));
    let small = "/api/export/csv?type=stats";
    assert_eq!(dashboard.owner().get(small).refusal(503)["error"], "Export busy");
    assert_eq!(dashboard.owner().get("/api/blocks/validated").status, 200);
    drop(gone);
    eventually("the place of who has gone", || {
        (dashboard.owner().get(small).status == 200).then_some(())
    });
    let mut some = vec![0; 500_000];
    for _ in 0..9 {
        std::thread::sleep(Duration::from_secs(2));
        slow.read_exact(&mut some).unwrap();
    }
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).unwrap();
    assert!(rest.len() > 10_000_000 && rest.ends_with(b"\r\n0\r\n\r\n"), "{}", rest.len());
}
