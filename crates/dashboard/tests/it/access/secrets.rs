//! Secrets stay where they are kept.

use serde_json::json;

use crate::support::routes::ROUTES;
use crate::support::{Client, Home, eventually, process};

const PASSWORD: &str = "planted-password-31415";
const JWT_SECRET: &str = "planted-secret-of-tokens-27182";
const MISTYPED: &str = "planted-password-31416";
const NODES_KEY: &str = "aaaa5ecc4e7aaaa5ecc4e7aaaa5ecc4e7aaaa5ecc4e7aaaa5ecc4e7aaaa5ecc4";

/// Every answer that a client can get, as text.
fn everything(client: &Client) -> String {
    let mut heard = String::new();
    let bodies: [&[u8]; 3] =
        [b"{}", b"{ broken", b"{\"method\":\"quai_blockNumber\",\"gpu_index\":9}"];
    for (method, path, _) in ROUTES {
        // Signing out would end the walk.
        if *method == "DELETE" {
            continue;
        }
        for body in bodies {
            let json = client.clone().with("Content-Type", "application/json");
            let response = json.send(method, path, (*method == "POST").then_some(body));
            heard += &format!("{:?} {}\n", response.headers, response.text());
        }
    }
    for path in ["/", "/first-run", "/api/nothing", "/assets/app.js"] {
        heard += &client.get(path).text();
    }
    let mut socket = client.socket("/api/v1/stream");
    heard += &socket.json().to_string();
    heard
}

#[test]
fn nothing_that_was_planted_comes_up_again() {
    let home = Home::with_miner(&[]).set("JWT_SECRET", JWT_SECRET).set("TLS_KEY", "");
    home.sqlite().execute("DELETE FROM users WHERE username = 'admin'", []).unwrap();
    home.sqlite()
        .execute(
            "UPDATE users SET api_key = ?1, password_hash = '$2b$04$planted.hash'",
            [NODES_KEY],
        )
        .unwrap();
    let home = home.set("ADMIN_PASSWORD", PASSWORD);
    let dashboard = home.start();
    let login = json!({ "username": "admin", "password": PASSWORD });
    let jwt = dashboard.anonymous().post("/api/auth/login", &login).ok()["token"].clone();
    let jwt = jwt.as_str().unwrap();
    for path in ["/api/v1/session", "/api/auth/login"] {
        let wrong = json!({ "username": "admin", "password": MISTYPED });
        dashboard.anonymous().post(path, &wrong).refusal(401);
    }
    let owner = dashboard.anonymous().signed_in("admin", PASSWORD);
    let bearer = dashboard.anonymous().with("Authorization", &format!("Bearer {jwt}"));
    let key = dashboard.anonymous().with("X-API-Key", NODES_KEY);
    owner.post("/api/miner/start", &json!({})).ok();

    let mut heard = everything(&owner) + &everything(&bearer) + &everything(&key);
    heard += &owner.get("/api/v1/events?limit=500").text();
    heard += &owner.get("/api/miner/logs?lines=2000").text();
    let session = owner.session_token().to_owned();
    let finished = dashboard.stop();
    heard += &(finished.stdout.join("\n") + &finished.stderr.join("\n"));
    let files = home.files();
    for (path, (_, content)) in &files {
        // The miner's log, and what is kept of the configuration.
        if !path.starts_with(home.path("data")) {
            heard += &String::from_utf8_lossy(content);
        }
    }
    assert!(heard.contains("Failed sign-in") && heard.contains("stand-in miner"), "{heard}");
    for secret in [PASSWORD, JWT_SECRET, MISTYPED, NODES_KEY, &session, jwt, "planted.hash"] {
        assert!(!heard.contains(secret), "{secret} came up");
    }
    // A stolen copy of the data signs nobody in.
    for (path, (_, content)) in files {
        let kept = String::from_utf8_lossy(&content);
        for secret in [PASSWORD, JWT_SECRET, &session, jwt] {
            assert!(!kept.contains(secret), "{secret} is in {}", path.display());
        }
    }
}

#[test]
fn the_first_link_is_on_the_console_and_nowhere_else() {
    let home = Home::new();
    let dashboard = home.start();
    let token = eventually("the link", || {
        let lines = dashboard.stdout();
        lines
            .iter()
            .find_map(|line| line.split_once("/first-run#"))
            .map(|(_, token)| token.to_owned())
    });
    let mut heard = String::new();
    for path in ["/", "/first-run", "/api/v1/session", "/api/health"] {
        heard += &dashboard.anonymous().get(path).text();
    }
    let body = json!({ "token": token, "password": "the owner's first" });
    let response = dashboard.anonymous().post("/api/v1/first-run", &body);
    heard += &response.text();
    let cookie = response.header("set-cookie").unwrap().split(';').next().unwrap();
    heard += &everything(&dashboard.anonymous().with("Cookie", cookie));
    let finished = dashboard.stop();
    heard += &finished.stderr.join("\n");
    assert!(heard.contains("password was set"), "{heard}");
    assert!(!heard.contains(&token));
    assert!(!heard.contains("the owner's first"));
    let lines = finished.stdout.iter().filter(|line| line.contains(&token));
    assert_eq!(lines.count(), 1);
    for (path, (_, content)) in home.files() {
        assert!(!String::from_utf8_lossy(&content).contains(&token), "{}", path.display());
    }
}

#[test]
fn the_miner_does_not_see_what_is_not_for_it() {
    let home = Home::with_miner(&[])
        .set("ADMIN_PASSWORD", PASSWORD)
        .set("JWT_SECRET", JWT_SECRET)
        .set("NOTIFY_SOCKET", "/run/planted")
        .set("CUDA_CACHE_PATH", "/for/the/miner");
    let dashboard = home.start();
    dashboard.owner().post("/api/miner/start", &json!({})).ok();
    let miners = home.miners();
    let [miner] = miners.as_slice() else { panic!("{miners:?}") };
    let environment = process::environment(*miner);
    assert!(environment.contains(&"CUDA_CACHE_PATH=/for/the/miner".to_owned()));
    for name in ["ADMIN_PASSWORD=", "JWT_SECRET=", "TLS_KEY=", "NOTIFY_SOCKET="] {
        assert!(!environment.iter().any(|word| word.starts_with(name)), "{name}");
    }
    for secret in [PASSWORD, JWT_SECRET] {
        assert!(!environment.iter().any(|word| word.contains(secret)), "{secret}");
    }
}
