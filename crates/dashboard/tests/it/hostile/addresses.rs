//! Odd request lines and headers.

use serde_json::json;

use super::is_well;
use crate::support::Home;
use crate::support::http::Wire;
use crate::support::routes::ROUTES;

#[test]
fn unknown_addresses_and_wrong_methods() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/v1",
        "/api/miner",
        "/api/miner/start/5",
        "/API/x",
        "/api//stats",
        "/api/v1/nothing",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let body = owner.send(method, path, None).refusal(404);
            assert_eq!(body["error"], "Not found", "{method} {path}");
        }
    }
    for (_, path, _) in ROUTES {
        let mut allowed: Vec<_> =
            ROUTES.iter().filter(|route| route.1 == *path).map(|route| route.0).collect();
        allowed.sort_unstable();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
            if allowed.contains(&method) {
                continue;
            }
            let response = owner.send(method, path, None);
            response.refusal(405);
            let mut told: Vec<_> = response.header("allow").unwrap().split(", ").collect();
            told.sort_unstable();
            assert_eq!(told, allowed, "{method} {path}");
        }
    }
    // What everybody may use is told to everybody.
    dashboard.anonymous().send("TRACE", "/api/health", None).refusal(405);
    dashboard.anonymous().send("TRACE", "/api/stats", None).refusal(401);
    is_well(&dashboard);
}

#[test]
fn escapes_in_paths() {
    let home = Home::with_users();
    let dashboard = home.start();
    for path in [
        "/api/%zz/settings",
        "/api/%",
        "/api/%00",
        "/api/stats%00",
        "/api/stats%2e",
        "/api/../api/stats",
        "/api/%2e%2e/stats",
        "/api/v1/..;/snapshot",
        "/api/stats/%ff%fe",
        "/api/stats\\history",
    ] {
        let response = dashboard.owner().get(path);
        assert!(matches!(response.status, 400 | 404), "{path}: {}", response.status);
        response.json();
    }
    for path in ["/api/gpu/%zz/settings", "/api/gpu/%ff/settings", "/api/nothing/%", "/api/%C3x"] {
        let refusal = dashboard.owner().get(path).refusal(400);
        assert_eq!(refusal["error"], "Invalid address", "{path}");
        dashboard.anonymous().get(path).refusal(401);
    }
    dashboard.owner().send("POST", "/api/gpu/%zz/reset", None).refusal(400);
    dashboard.owner().send("POST", "/api/nothing/%zz", None).refusal(404);
    is_well(&dashboard);
}

#[test]
fn case_and_a_last_slash_do_not_matter() {
    let home = Home::with_users();
    let dashboard = home.start();
    for path in
        ["/api/health", "/api/health/", "/API/Health", "/API/Health/", "/api/health?x=1&x=2"]
    {
        assert_eq!(dashboard.anonymous().get(path).ok()["status"], "ok", "{path}");
    }
    dashboard.owner().get("/api/health//").refusal(404);
    // The guard and the router see the same route.
    for path in ["/API/Miner/Stop", "/api/miner/stop/"] {
        dashboard.viewer().post(path, &json!({})).refusal(403);
        dashboard.anonymous().post(path, &json!({})).refusal(401);
        assert_eq!(dashboard.owner().post(path, &json!({})).status, 200);
    }
}

#[test]
fn head_is_get_without_a_body() {
    let home = Home::with_users();
    let dashboard = home.start();
    for (method, path, _) in ROUTES.iter().filter(|route| route.0 == "GET") {
        let (get, head) = (
            dashboard.owner().send(method, path, None),
            dashboard.owner().send("HEAD", path, None),
        );
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        dashboard.anonymous().send("HEAD", path, None);
    }
    let head = dashboard.owner().send("HEAD", "/", None);
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn options_is_answered_everywhere() {
    let home = Home::with_users();
    let dashboard = home.start();
    for path in ROUTES.iter().map(|route| route.1).chain(["/", "/api/nothing", "/any"]) {
        let response = dashboard.anonymous().send("OPTIONS", path, None);
        assert_eq!((response.status, response.body.len()), (200, 0), "{path}");
    }
}

#[test]
fn old_and_absolute_requests() {
    let home = Home::with_users();
    let dashboard = home.start();
    let address = dashboard.address;
    let ask = |request: &str| {
        let mut wire = Wire::open(address);
        wire.write(request);
        wire.response()
    };
    let old = ask(&format!("GET /api/health HTTP/1.0\r\nHost: {address}\r\n\r\n"));
    assert_eq!(old.ok()["status"], "ok");
    // Without a name it is not known who was called.
    ask("GET /api/health HTTP/1.0\r\n\r\n").refusal(421);
    ask("GET /api/health HTTP/1.1\r\n\r\n").refusal(421);
    let absolute =
        ask(&format!("GET http://{address}/api/health HTTP/1.1\r\nHost: {address}\r\n\r\n"));
    assert_eq!(absolute.ok()["status"], "ok");
    // It says twice who is called; both count.
    ask(&format!("GET http://evil.example/api/health HTTP/1.1\r\nHost: {address}\r\n\r\n"))
        .refusal(421);
    ask(&format!("GET http://{address}/api/health HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
        .refusal(421);
    ask(&format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\nHost: evil.example\r\n\r\n"))
        .refusal(421);
    // Nobody's proxy.
    for request in [
        format!("CONNECT evil.example:443 HTTP/1.1\r\nHost: {address}\r\n\r\n"),
        "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
    ] {
        ask(&request).refusal(421);
    }
    is_well(&dashboard);
}

#[test]
fn what_is_no_http() {
    let home = Home::with_users();
    let dashboard = home.start();
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(100_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(5_000));
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(),
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nNo colon\r\n\r\n",
        b"{\"id\":1,\"method\":\"miner_reboot\"}\n\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ] {
        let mut wire = Wire::open(dashboard.address);
        // It may be cut off while it still sends.
        let _ = wire.try_write(bytes);
        if let Ok(response) = wire.read_response(false) {
            assert!(matches!(response.status, 400 | 414 | 431 | 505), "{response:?}");
        }
        is_well(&dashboard);
    }
}

#[test]
fn what_is_no_handshake() {
    let home = Home::with_users();
    let dashboard = home.start();
    let good = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for path in ["/", "/ws", "/api/v1/stream"] {
        let ask = |method: &str, changed: &str, value: &str| {
            let client = good.iter().fold(dashboard.owner(), |client, (name, usual)| {
                let value = if *name == changed { value } else { usual };
                if value.is_empty() { client } else { client.with(name, value) }
            });
            let mut wire = Wire::open(dashboard.address);
            wire.write(client.head(method, path) + "\r\n");
            wire.response()
        };
        assert_eq!(ask("GET", "", "").status, 101, "{path}");
        for (name, value) in [
            ("Connection", "keep-alive"),
            ("Upgrade", "h2c"),
            ("Sec-WebSocket-Version", "12"),
            ("Sec-WebSocket-Version", ""),
            ("Sec-WebSocket-Key", ""),
        ] {
            let refused = ask("GET", name, value);
            assert!(matches!(refused.status, 400 | 426), "{path} {name}: {value}: {refused:?}");
            refused.refusal(refused.status);
        }
    }
    is_well(&dashboard);
}

#[test]
fn each_answer_has_an_id_and_safe_headers() {
    let home = Home::with_users();
    let dashboard = home.start();
    let id = |client: crate::support::Client| {
        let response = client.get("/api/health");
        response.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(id(dashboard.anonymous().with("X-Request-ID", "my-req-1")), "my-req-1");
    let longest = "~".repeat(128);
    assert_eq!(id(dashboard.anonymous().with("X-Request-ID", &longest)), longest);
    let mut made = Vec::new();
    for strange in ["", "a b", "zwölf", &"x".repeat(129)] {
        let given = id(dashboard.anonymous().with("X-Request-ID", strange));
        assert_ne!(given, strange);
        made.push(given);
    }
    made.push(id(dashboard.anonymous()));
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 5);

    for (client, path) in [
        (dashboard.owner(), "/api/stats"),
        (dashboard.anonymous(), "/api/stats"),
        (dashboard.owner(), "/api/nothing"),
        (dashboard.anonymous(), "/"),
        (dashboard.anonymous(), "/assets/app.js"),
        (dashboard.anonymous(), "/missing.js"),
        (dashboard.anonymous().with("Host", "evil.example"), "/api/stats"),
    ] {
        let response = client.get(path);
        let has = |name: &str, value: &str| {
            assert_eq!(response.header(name), Some(value), "{path}: {response:?}");
        };
        has("x-content-type-options", "nosniff");
        has("cross-origin-resource-policy", "same-origin");
        assert!(response.header("x-request-id").is_some(), "{path}");
        // On plain HTTP it would lock people out.
        assert_eq!(response.header("strict-transport-security"), None);
        assert_eq!(response.header("server"), None);
        if path.starts_with("/api/") {
            has("cache-control", "no-store");
            has("vary", "*");
        } else {
            has("x-frame-options", "DENY");
            has("referrer-policy", "no-referrer");
            // Browsers complain of it where they cannot trust the address.
            assert_eq!(response.header("cross-origin-opener-policy"), None);
        }
    }
}

#[test]
fn queries_that_are_refused_by_name() {
    let home = Home::with_users();
    let dashboard = home.start();
    for (path, field) in [
        ("/api/blocks/validated?limit=-1", "limit"),
        ("/api/blocks/validated?limit=ten", "limit"),
        ("/api/stats/history?hours=1e3", "hours"),
        ("/api/stats/history?gpuId=x", "gpuId"),
        ("/api/miner/logs?lines=-5", "lines"),
        ("/api/miner/logs?gpu_index=../../etc/passwd", "gpu_index"),
        ("/api/v1/history?points=-1", "points"),
        ("/api/v1/history?from=x", "from"),
        ("/api/v1/history?to=9e99", "to"),
        ("/api/v1/events?before=x", "before"),
        ("/api/v1/events?limit=%00", "limit"),
    ] {
        let refusal = dashboard.owner().get(path).refusal(400);
        assert_eq!(refusal["field"], field, "{path}: {refusal}");
    }
    // Either alone would do.
    let refusal = dashboard.owner().get("/api/v1/history?from=5&to=5").refusal(409);
    assert_eq!(refusal["field"], "from");
    // 0, nothing and too much have a meaning.
    for path in [
        "/api/blocks/validated?limit=0",
        "/api/blocks/validated?limit=",
        "/api/blocks/validated?limit=99999999999999999999",
        "/api/blocks/validated?limit=2&limit=x",
        "/api/stats/history?hours=999999&interval=0&aggregated=true",
        "/api/v1/history?points=999999",
        "/api/v1/history?from=0&to=253402300799999&points=2000",
        "/api/v1/events?limit=999999&before=0",
        "/api/miner/logs?lines=999999999",
    ] {
        dashboard.owner().get(path).ok();
    }
    is_well(&dashboard);
}
