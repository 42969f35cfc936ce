//! Tags, packed bodies, packed answers, bodies where none belongs.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::{Value, json};

use crate::support::http::Response;
use crate::support::{Client, Dashboard, Home};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn unpacked(response: &Response) -> Value {
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(response.body.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn add_blocks(dashboard: &Dashboard, count: u32) {
    for number in 1..=count {
        let body = json!({ "blockNumber": number });
        assert_eq!(dashboard.owner().post("/api/blocks/validated", &body).ok()["success"], true);
    }
}

fn post(client: &Client, coding: &str, body: &[u8]) -> Response {
    client.clone().with("Content-Type", "application/json").with("Content-Encoding", coding).send(
        "POST",
        "/api/blocks/validated",
        Some(body),
    )
}

#[test]
fn a_list_that_has_not_changed_is_not_sent_again() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    add_blocks(&dashboard, 1);
    let list = owner.get("/api/blocks/validated");
    let tag = list.header("etag").unwrap();
    assert!(tag.starts_with("W/\""), "{tag}");
    // Old service workers keep everything that does not say this.
    assert_eq!(list.header("vary"), Some("*"));
    assert_eq!(list.header("cache-control"), Some("private, no-cache"));
    for known in [tag, "\"x\", *", &format!("\"x\", {tag}")] {
        let again = owner.clone().with("If-None-Match", known).get("/api/blocks/validated");
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(again.header("content-type"), None);
    }
    let anew = owner.clone().with("If-None-Match", tag).with("Cache-Control", "no-cache");
    assert_eq!(anew.get("/api/blocks/validated").ok()["total"], 1);
    dashboard.owner().post("/api/blocks/validated", &json!({ "blockNumber": 2 })).ok();
    let changed = owner.clone().with("If-None-Match", tag).get("/api/blocks/validated");
    assert_eq!(changed.ok()["total"], 2);
    assert_ne!(changed.header("etag"), Some(tag));
    // Nobody else has a tag, and nobody else may be kept.
    let stats = owner.get("/api/stats");
    assert_eq!((stats.header("etag"), stats.header("cache-control")), (None, Some("no-store")));
    dashboard.anonymous().with("If-None-Match", tag).get("/api/blocks/validated").refusal(401);
}

#[test]
fn packed_bodies_are_read() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let body = |number: u32| json!({ "blockNumber": number }).to_string();
    assert_eq!(post(&owner, "gzip", &gzip(body(1).as_bytes())).ok()["success"], true);
    assert_eq!(post(&owner, "deflate", &deflate(body(2).as_bytes())).ok()["success"], true);
    assert_eq!(post(&owner, "GZIP", &gzip(body(3).as_bytes())).ok()["success"], true);
    assert_eq!(post(&owner, "identity", body(4).as_bytes()).ok()["success"], true);
    for (coding, wrong) in [
        ("gzip", body(5).into_bytes()),
        ("gzip", deflate(body(5).as_bytes())),
        ("deflate", gzip(body(5).as_bytes())),
        ("gzip", gzip(body(5).as_bytes())[..20].to_vec()),
        ("gzip", Vec::new()),
        ("gzip", gzip(b"{")),
        ("gzip", gzip(b"")),
    ] {
        post(&owner, coding, &wrong).refusal(400);
    }
    for coding in ["br", "gzip, gzip", "zzz"] {
        post(&owner, coding, b"{}").refusal(415);
    }
    let form = owner
        .with("Content-Type", "application/x-www-form-urlencoded")
        .with("Content-Encoding", "gzip")
        .send("POST", "/api/blocks/validated", Some(&gzip(b"blockNumber=6")));
    assert_eq!(form.ok()["success"], true);
}

/// A few kilobytes that would become 200 MB.
#[test]
fn a_bomb_does_not_go_off() {
    let home = Home::with_users();
    let dashboard = home.start();
    let bomb = gzip(&[b"{\"a\":\"".as_slice(), &vec![b' '; 200 << 20]].concat());
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let high_water = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", dashboard.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = high_water();
    assert_eq!(post(&dashboard.owner(), "gzip", &bomb).refusal(413)["maxSize"], "1mb");
    let grown = high_water() - before;
    assert!(grown < 8 * 1024, "{grown} kB");
}

#[test]
fn answers_are_packed_for_who_takes_it() {
    let home = Home::with_users();
    let dashboard = home.start();
    add_blocks(&dashboard, 10);
    let path = "/api/blocks/validated";
    let plain = dashboard.owner().get(path);
    assert!(plain.body.len() > 1024 && plain.header("content-encoding").is_none());
    for accept in ["gzip", "br, gzip;q=0.5", "*", "gzip, deflate"] {
        let packed = dashboard.owner().with("Accept-Encoding", accept).get(path);
        assert_eq!(unpacked(&packed), plain.ok(), "{accept}");
        assert!(packed.body.len() < plain.body.len());
        assert_eq!(packed.header("vary"), Some("*"));
    }
    // Who knows nothing newer gets it as Node sent it.
    let deflated = dashboard.owner().with("Accept-Encoding", "deflate").get(path);
    assert_eq!(deflated.header("content-encoding"), Some("deflate"));
    let mut text = String::new();
    ZlibDecoder::new(deflated.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), plain.ok());
    for accept in ["identity", "gzip;q=0", "br", "*;q=0"] {
        let response = dashboard.owner().with("Accept-Encoding", accept).get(path);
        assert_eq!(response.header("content-encoding"), None, "{accept}");
    }
    let gzip = dashboard.owner().with("Accept-Encoding", "gzip");
    let asked_not_to = gzip.clone().with("X-No-Compression", "1").get(path);
    assert_eq!(asked_not_to.header("content-encoding"), None);
    assert_eq!(gzip.get("/api/health").header("content-encoding"), None, "too small");
    assert_eq!(gzip.get("/api/export/csv").header("content-encoding"), None, "not as it is made");
    // What is the same for all is packed once.
    let snapshot = gzip.get("/api/v1/snapshot");
    assert_eq!(unpacked(&snapshot)["demo"], false);
    let page = gzip.with("Accept", "text/html").get("/");
    assert_eq!(page.header("content-encoding"), Some("gzip"));
    assert!(page.header("vary").unwrap().contains("Accept-Encoding"));
}

/// Node reads bodies of every method, and so they are judged.
#[test]
fn bodies_where_none_belongs() {
    let home = Home::with_users();
    let dashboard = home.start();
    let json = dashboard.owner().with("Content-Type", "application/json");
    for (method, path) in
        [("DELETE", "/api/v1/session"), ("GET", "/api/stats"), ("GET", "/api/health")]
    {
        for body in [b"{".as_slice(), b"", b"null", b"[1]", b"\"x\""] {
            json.send(method, path, Some(body)).refusal(400);
        }
        assert_eq!(json.send(method, path, Some(b"{}")).status, 200, "{method} {path}");
        assert_eq!(json.send(method, path, None).status, 200, "{method} {path}");
        let text = dashboard.owner().with("Content-Type", "text/plain");
        assert_eq!(text.send(method, path, Some(b"{")).status, 200);
        let odd = json.clone().with("Content-Encoding", "zzz").send(method, path, Some(b"{}"));
        odd.refusal(415);
    }
    // Of what is not there, too.
    json.send("GET", "/api/nothing", Some(b"{")).refusal(400);
    json.send("PUT", "/api/health", Some(b"{")).refusal(400);
    json.send("PUT", "/api/health", Some(b"{}")).refusal(405);
    // Who has not signed in is told that first.
    let stranger = dashboard.anonymous().with("Content-Type", "application/json");
    stranger.send("GET", "/api/stats", Some(b"{")).refusal(401);
    stranger.send("GET", "/api/nothing", Some(b"{")).refusal(401);
    drop(dashboard);
    let home = home.set("AUTH_MODE", "open");
    let dashboard = home.start();
    let nobody = dashboard.anonymous().with("Content-Type", "application/json");
    nobody.send("POST", "/api/notifications/1/read", Some(b"{")).refusal(400);
    nobody.send("POST", "/api/notifications/1/read", Some(b"{}")).refusal(401);
}

#[test]
fn the_description_is_the_whole_api() {
    let home = Home::with_users();
    let dashboard = home.start();
    let document = dashboard.viewer().get("/api/openapi.json").ok();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described: Vec<(String, String)> = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.push((method.to_uppercase(), path.clone()));
        }
    }
    let mut routes: Vec<(String, String)> = crate::support::routes::ROUTES
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    described.sort();
    routes.sort();
    assert_eq!(described, routes);
}

#[test]
fn the_description_for_people_is_behind_the_sign_in() {
    let home = Home::with_users();
    let dashboard = home.start();
    let browser = dashboard.anonymous().with("Accept", "text/html");
    assert!(browser.get("/api-docs").text().contains("\"signed_in\":false"));
    for path in ["/api-docs", "/api-docs/"] {
        let page = dashboard.viewer().with("Accept", "text/html").get(path);
        assert!(page.status == 200 && page.text().contains("/assets/docs.js"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }
}
