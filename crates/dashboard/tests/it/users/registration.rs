//! POST `/api/auth/register`.

use serde_json::json;

use crate::support::http::Response;
use crate::support::{Client, Home};

fn register(client: &Client, name: &str, password: &str) -> Response {
    client.post("/api/auth/register", &json!({ "username": name, "password": password }))
}

const PASSWORD: &str = "bob's long password";

#[test]
fn it_is_closed_until_it_is_opened() {
    let home = Home::with_users();
    let closed = home.start();
    let refusal = register(&closed.anonymous(), "bob", PASSWORD).refusal(403);
    assert_eq!(refusal["error"], "Registration is closed");
    drop(closed);
    // Whoever came before the owner would take the owner's place.
    let empty = Home::new().set("ALLOW_REGISTRATION", "1");
    let dashboard = empty.start();
    register(&dashboard.anonymous(), "bob", PASSWORD).refusal(403);
    assert_eq!(dashboard.anonymous().get("/api/v1/session").ok()["first_run"], true);
}

#[test]
fn a_stranger_becomes_a_viewer_whom_node_knows() {
    for mode in ["ALLOW_REGISTRATION", "AUTH_MODE"] {
        let home = Home::with_users().set(mode, if mode == "AUTH_MODE" { "open" } else { "1" });
        let dashboard = home.start();
        let stranger = dashboard.anonymous();
        let answer = stranger
            .post(
                "/api/auth/register",
                &json!({ "username": "bob", "password": PASSWORD, "role": "owner" }),
            )
            .ok();
        assert_eq!(answer["success"], true);
        assert_eq!(answer["message"], "User created successfully");
        let key = answer["apiKey"].as_str().unwrap();
        assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let known = stranger.clone().with("X-API-Key", key).get("/api/v1/session").ok();
        assert_eq!(known["user"], json!({ "name": "bob", "role": "viewer" }));
        // Node's own look-ups.
        let found: (String, String, String) = home
            .sqlite()
            .query_row(
                "SELECT username, password_hash, role FROM users WHERE api_key = ?",
                [key],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!((found.0.as_str(), found.2.as_str()), ("bob", "user"));
        assert!(bcrypt::verify(PASSWORD, &found.1).unwrap());
        let login = json!({ "username": "bob", "password": PASSWORD });
        assert_eq!(stranger.post("/api/auth/login", &login).ok()["user"]["role"], "user");

        let taken = register(&stranger, "bob", PASSWORD).refusal(400);
        assert_eq!(taken["error"], "Username already exists");
        for (name, password, field) in [("<b>x</b>", PASSWORD, "username"), ("c", "1", "password")]
        {
            assert_eq!(register(&stranger, name, password).refusal(400)["field"], field);
        }
        // A name is the one that was sent.
        register(&stranger, " bob ", PASSWORD).ok();
        let login = json!({ "username": " bob ", "password": PASSWORD });
        assert_eq!(stranger.post("/api/auth/login", &login).ok()["user"]["username"], " bob ");
        let missing = stranger.post("/api/auth/register", &json!({ "username": "z" }));
        assert_eq!(missing.refusal(400)["error"], "Username and password required");
    }
}

#[test]
fn it_is_limited_as_signing_in_is() {
    let home = Home::with_users().set("ALLOW_REGISTRATION", "1").set("RATE_LIMIT", "on");
    let dashboard = home.start();
    let statuses: Vec<u16> = (0..6)
        .map(|n| register(&dashboard.anonymous(), &format!("user{n}"), PASSWORD).status)
        .collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
}
