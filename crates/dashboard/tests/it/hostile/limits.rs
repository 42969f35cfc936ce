//! Clients that ask too often.

use serde_json::json;

use crate::support::http::{Response, Wire};
use crate::support::{Client, Home};

/// Asks the same again and again over one connection, until it is refused.
fn ask_until_refused(client: &Client, method: &str, path: &str) -> (u32, Response) {
    let mut wire = Wire::open(client.address);
    let body = if method == "POST" { "{}" } else { "" };
    let head = client.clone().with("Content-Type", "application/json").head(method, path);
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    for count in 0..700 {
        wire.write(&request);
        let response = wire.response();
        if response.status == 429 {
            return (count, response);
        }
        let limit: u32 = response.header("ratelimit-limit").unwrap().parse().unwrap();
        let remaining: u32 = response.header("ratelimit-remaining").unwrap().parse().unwrap();
        assert_eq!(remaining, limit - 1 - count, "{path}");
        assert_eq!(response.header("ratelimit-policy"), Some(format!("{limit};w=60").as_str()));
        let reset: u32 = response.header("ratelimit-reset").unwrap().parse().unwrap();
        assert!(reset <= 60, "{reset}");
    }
    panic!("{path} was never refused");
}

fn is_a_refusal(response: &Response, says: &str) {
    assert_eq!(response.refusal(429)["message"], says);
    let seconds: u32 = response.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(response.header("ratelimit-remaining"), Some("0"));
    assert_eq!(response.header("ratelimit-reset"), response.header("retry-after"));
    assert!(response.header("ratelimit-policy").unwrap().ends_with(";w=60"));
}

/// The window begins with the first request and lasts a minute, far longer
/// than this takes.
#[test]
fn each_kind_of_request_has_its_budget() {
    let home = Home::with_users().set("RATE_LIMIT", "on").set("TRUSTED_PROXIES", "127.0.0.1");
    let dashboard = home.start();
    let from = |client: Client, address: &str| client.with("X-Forwarded-For", address);
    let owner = from(dashboard.owner(), "192.168.1.1");
    let too_many = "Too many requests from this IP, please try again later.";
    let (blocks, refused) = ask_until_refused(&owner, "POST", "/api/blocks/validated");
    assert_eq!(blocks, 10);
    is_a_refusal(&refused, "Too many block submissions, please slow down.");
    let (writes, refused) = ask_until_refused(&owner, "POST", "/api/miner/stop");
    assert_eq!(writes, 60);
    is_a_refusal(&refused, too_many);
    let (reads, refused) = ask_until_refused(&owner, "GET", "/api/stats");
    assert_eq!(reads, 600);
    is_a_refusal(&refused, too_many);

    // One budget for all reads, whoever asks from there; another one elsewhere.
    is_a_refusal(&owner.get("/api/v1/snapshot"), too_many);
    is_a_refusal(&owner.post("/api/node/rpc", &json!({ "method": "net_version" })), too_many);
    is_a_refusal(&from(dashboard.anonymous(), "192.168.1.1").get("/api/nothing"), too_many);
    assert_eq!(from(dashboard.owner(), "192.168.1.2").get("/api/stats").status, 200);
    // What a page needs to live is not counted.
    for path in ["/api/health", "/", "/assets/app.js"] {
        let response = owner.get(path);
        assert_eq!((response.status, response.header("ratelimit-limit")), (200, None), "{path}");
    }
    owner.socket("/ws");
}
