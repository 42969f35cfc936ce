//! Bodies that are not what they should be, on every route.

use serde_json::{Value, json};

use super::is_well;
use crate::support::http::{Response, Wire};
use crate::support::node_server::OWNER_PASSWORD;
use crate::support::routes::{ROUTES, of};
use crate::support::{Client, Dashboard, Home};

/// The owner, of whom no route wants more before it reads the body.
fn confirmed(dashboard: &Dashboard) -> Client {
    dashboard.owner().with("X-Confirm-Password", OWNER_PASSWORD)
}

fn nested(depth: usize) -> Vec<u8> {
    [vec![b'['; depth], vec![b']'; depth]].concat()
}

fn post(client: &Client, path: &str, kind: &str, body: &[u8]) -> Response {
    client.clone().with("Content-Type", kind).send("POST", path, Some(body))
}

#[test]
fn what_is_no_json_object_is_refused_on_every_route() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = confirmed(&dashboard);
    let bodies: &[&[u8]] = &[
        b"{\"a\":",
        b"",
        b"null",
        b"5",
        b"\"text\"",
        b"true",
        b"{'a':1}",
        b"{\"a\":1} {}",
        b"\xff\xfe{\"a\":1}",
        b"{\"a\":\"\xc3\x28\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":1e999}",
        b"NaN",
        b"\0",
        &nested(100_000),
    ];
    for path in of("POST") {
        for body in bodies {
            let refusal = post(&owner, path, "application/json", body).refusal(400);
            assert!(refusal["message"].as_str().unwrap().len() < 300, "{path}: {refusal}");
        }
        // Batches are arrays; nothing else is.
        if path != "/api/node/rpc" {
            for body in [b"[]".as_slice(), b"[1]", &nested(100)] {
                post(&owner, path, "application/json", body).refusal(400);
            }
        }
        is_well(&dashboard);
    }
}

#[test]
fn values_of_the_wrong_type_are_refused_by_name() {
    let home = Home::with_users();
    let dashboard = home.start();
    let fields: &[(&str, &str, &[Value])] = &[
        ("/api/auth/login", "username", &[json!(5), json!({}), json!(["admin"])]),
        ("/api/v1/session", "username", &[json!(5), json!(null)]),
        ("/api/v1/first-run", "token", &[json!(5), json!(null), json!(["a"])]),
        (
            "/api/miner/start",
            "gpu_indices",
            &[
                json!("all"),
                json!(5),
                json!({}),
                json!([-1]),
                json!([0.5]),
                json!(["x"]),
                json!([[0]]),
                json!(vec![0; 65]),
                json!([1e300]),
            ],
        ),
        (
            "/api/miner/stop",
            "gpu_index",
            &[
                json!("all"),
                json!(-1),
                json!(1.5),
                json!({}),
                json!([0]),
                json!(true),
                json!(1e300),
                json!("99999999999999999999"),
            ],
        ),
        (
            "/api/blocks/validated",
            "blockNumber",
            &[
                json!("103abc"),
                json!(1.5),
                json!(-1),
                json!(true),
                json!([1]),
                json!({}),
                json!(1e21),
                json!("0x10"),
            ],
        ),
        (
            "/api/stats/history",
            "hashRate",
            &[
                json!("fast"),
                json!(-1),
                json!({}),
                json!([1]),
                json!(true),
                json!(1e300),
                json!("NaN"),
            ],
        ),
        ("/api/stats/history", "timestamp", &[json!("yesterday"), json!({}), json!(-5)]),
    ];
    for (path, field, values) in fields {
        for value in *values {
            let mut body =
                json!({ "username": "a", "password": "b", "token": "c", "blockNumber": 1 });
            body[field] = value.clone();
            let refusal = dashboard.owner().post(path, &body).refusal(400);
            assert_eq!(refusal["field"], *field, "{path} {value}: {refusal}");
        }
    }
    is_well(&dashboard);
}

#[test]
fn a_body_that_is_absent_or_of_another_kind_counts_as_empty() {
    let home = Home::with_users();
    let dashboard = home.start();
    for (path, status) in [
        ("/api/miner/start", 200),
        ("/api/miner/stop", 200),
        ("/api/miner/restart", 200),
        ("/api/stats/history", 200),
        ("/api/blocks/validated", 400),
        ("/api/node/rpc", 400),
        ("/api/auth/login", 400),
    ] {
        assert_eq!(dashboard.owner().send("POST", path, None).status, status, "{path}");
        let text = post(&dashboard.owner(), path, "text/plain", b"{ hello");
        assert_eq!(text.status, status, "{path}");
        // `curl -X POST` tells a type of what it does not send.
        let typed = dashboard.owner().with("Content-Type", "application/json");
        assert_eq!(typed.send("POST", path, None).status, status, "{path}");
    }
}

#[test]
fn a_call_may_be_a_form() {
    let home = Home::with_users();
    let dashboard = home.start();
    let kind = "application/x-www-form-urlencoded";
    // Understood, and the node is not there.
    let answer = post(&dashboard.owner(), "/api/node/rpc", kind, b"method=eth_blockNumber");
    answer.refusal(503);
    post(&dashboard.owner(), "/api/node/rpc", kind, b"method=").refusal(400);
}

#[test]
fn two_megabytes_are_too_much_everywhere() {
    let home = Home::with_users();
    let dashboard = home.start();
    let body = [b"{\"a\":\"".as_slice(), &vec![b'x'; 2 << 20], b"\"}"].concat();
    for (method, path, _) in ROUTES {
        for client in [dashboard.owner(), dashboard.anonymous()] {
            let client = client.with("Content-Type", "application/json");
            let refusal = client.send(method, path, Some(&body)).refusal(413);
            assert_eq!(
                refusal,
                json!({
                    "error": "Request too large",
                    "message": "Request size exceeds maximum of 1mb",
                    "maxSize": "1mb",
                }),
                "{method} {path}"
            );
        }
    }
    dashboard.anonymous().send("POST", "/", Some(&body)).refusal(413);
    is_well(&dashboard);
}

#[test]
fn the_limit_is_exact_and_can_be_set() {
    let home = Home::with_users().set("MAX_REQUEST_SIZE", "2kb");
    let dashboard = home.start();
    let body = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
    let send = |length| {
        post(&dashboard.owner(), "/api/miner/stop", "application/json", body(length).as_bytes())
    };
    assert_eq!(send(2048).status, 200);
    assert_eq!(send(2049).refusal(413)["maxSize"], "2kb");
}

/// A size that is not told beforehand is found out.
#[test]
fn chunks_without_end_are_too_much_on_every_route() {
    let home = Home::with_users();
    let dashboard = home.start();
    for path in of("POST") {
        let mut wire = Wire::open(dashboard.address);
        let head =
            confirmed(&dashboard).with("Content-Type", "application/json").head("POST", path);
        wire.write(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
        let chunk = format!("10000\r\n{}\r\n", "[".repeat(0x10000));
        for _ in 0..32 {
            wire.write(&chunk);
        }
        wire.write("0\r\n\r\n");
        assert_eq!(wire.response().refusal(413)["maxSize"], "1mb", "{path}");
    }
    is_well(&dashboard);
}

#[test]
fn unknown_characters_and_codings_are_refused_on_every_route() {
    let home = Home::with_users();
    let dashboard = home.start();
    for path in of("POST") {
        for kind in [
            "application/json; charset=utf-16",
            "application/json;charset=\"latin1\"",
            "application/json;charset=utf8",
            "application/x-www-form-urlencoded; charset=x",
        ] {
            post(&confirmed(&dashboard), path, kind, b"{}").refusal(415);
        }
        let packed = confirmed(&dashboard).with("Content-Encoding", "zzz");
        post(&packed, path, "application/json", b"{}").refusal(415);
        let fine = post(&confirmed(&dashboard), path, "Application/JSON; Charset=\"UTF-8\"", b"{}");
        assert_ne!(fine.status, 415, "{path}");
    }
    is_well(&dashboard);
}

/// Two ways to say where a body ends are one too many: who believes the other
/// one can be made to see a second request in it.
#[test]
fn bodies_with_two_ends_are_refused() {
    let home = Home::with_users();
    let dashboard = home.start();
    let head =
        dashboard.owner().with("Content-Type", "application/json").head("POST", "/api/miner/stop");
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 5x\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
    ] {
        let mut wire = Wire::open(dashboard.address);
        wire.write(format!("{head}{lengths}\r\n"));
        let status = wire.response().status;
        assert!(matches!(status, 400 | 413), "{lengths}: {status}");
        is_well(&dashboard);
    }
    // With both, the chunks count and the length is not believed.
    let mut wire = Wire::open(dashboard.address);
    wire.write(format!(
        "{head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
    ));
    assert!(matches!(wire.response().status, 200 | 400));
    is_well(&dashboard);
}

#[test]
fn half_a_body_and_the_end() {
    let home = Home::with_users();
    let dashboard = home.start();
    for path in of("POST") {
        let mut wire = Wire::open(dashboard.address);
        let head = dashboard.owner().with("Content-Type", "application/json").head("POST", path);
        wire.write(format!("{head}Content-Length: 100\r\n\r\n{{\"blockNumber\""));
        drop(wire);
    }
    is_well(&dashboard);
    assert_eq!(dashboard.owner().get("/api/blocks/validated").ok()["total"], 0);
}
