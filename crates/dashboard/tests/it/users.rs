//! Users, and all that lets them in.

mod console;
mod keys;
mod registration;
mod totp;

use serde_json::{Value, json};

use crate::support::node_server::{OWNER_PASSWORD, VIEWER_PASSWORD};
use crate::support::{Client, Dashboard, Home, eventually};

const NEW_PASSWORD: &str = "another, longer one";

/// The owner by key, who gives the password with each request.
fn owner(dashboard: &Dashboard) -> Client {
    dashboard.owner().with("X-Confirm-Password", OWNER_PASSWORD)
}

fn token(client: &Client, name: &str, password: &str) -> String {
    let body = json!({ "username": name, "password": password });
    client.post("/api/auth/login", &body).ok()["token"].as_str().unwrap().to_owned()
}

fn bearer(dashboard: &Dashboard, token: &str) -> Client {
    dashboard.anonymous().with("Authorization", &format!("Bearer {token}"))
}

fn status(client: &Client) -> u16 {
    client.get("/api/v1/snapshot").status
}

/// The id of a user.
fn id(dashboard: &Dashboard, name: &str) -> i64 {
    let users = dashboard.owner().get("/api/v1/users").ok();
    let users = users["users"].as_array().unwrap();
    users.iter().find(|user| user["name"] == name).unwrap()["id"].as_i64().unwrap()
}

#[test]
fn changing_ones_password_ends_what_the_old_one_began() {
    let home = Home::with_users();
    let dashboard = home.start();
    let here = dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    let elsewhere = dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    let script = bearer(&dashboard, &token(&here, "vera", VIEWER_PASSWORD));
    let key = dashboard.viewer();
    let mut watching = elsewhere.socket("/api/v1/stream");
    watching.json();

    let change =
        |old: &str, new: &str| here.post("/api/v1/password", &json!({ "old": old, "new": new }));
    let refusal = change("not the password", NEW_PASSWORD).refusal(403);
    assert_eq!((&refusal["error"], &refusal["field"]), (&json!("Wrong password"), &json!("old")));
    for weak in ["short", &"x".repeat(73), "with a \u{0} in it"] {
        assert_eq!(change(VIEWER_PASSWORD, weak).refusal(400)["field"], "new");
    }
    assert_eq!((status(&here), status(&elsewhere), status(&script)), (200, 200, 200));

    change(VIEWER_PASSWORD, NEW_PASSWORD).ok();
    assert_eq!((status(&here), status(&elsewhere), status(&script)), (200, 401, 401));
    assert_eq!(status(&key), 200, "a key is no password");
    assert_eq!(watching.close_code(), Some(1008));
    let old = json!({ "username": "vera", "password": VIEWER_PASSWORD });
    dashboard.anonymous().post("/api/v1/session", &old).refusal(401);
    // Also within the same second.
    assert_eq!(status(&bearer(&dashboard, &token(&here, "vera", NEW_PASSWORD))), 200);
    // Node reads what is stored.
    let hash: String = home
        .sqlite()
        .query_row("SELECT password_hash FROM users WHERE username = 'vera'", [], |row| row.get(0))
        .unwrap();
    assert!(hash.starts_with("$2b$10$") && bcrypt::verify(NEW_PASSWORD, &hash).unwrap());
}

#[test]
fn sessions_are_seen_and_ended() {
    let home = Home::with_users();
    let dashboard = home.start();
    let sign_in = |agent: &str| {
        dashboard.anonymous().with("User-Agent", agent).signed_in("vera", VIEWER_PASSWORD)
    };
    let (desk, phone) = (sign_in("desk"), sign_in("phone"));
    let list = |client: &Client| {
        let answer = client.get("/api/v1/sessions").ok();
        answer["sessions"].as_array().unwrap().clone()
    };
    let sessions = list(&desk);
    assert_eq!(sessions.len(), 2);
    let of = |agent: &str| {
        sessions.iter().find(|session| session["user_agent"] == agent).unwrap().clone()
    };
    assert_eq!((&of("desk")["current"], &of("phone")["current"]), (&json!(true), &json!(false)));
    assert_eq!(of("phone")["address"], "127.0.0.1");
    let shown = Value::from(sessions.clone()).to_string();
    assert!(!shown.contains(desk.session_token()), "{shown}");

    // The owner's key does not reach the sessions of others.
    let path = format!("/api/v1/sessions/{}", of("phone")["id"].as_str().unwrap());
    owner(&dashboard).send("DELETE", &path, None).refusal(404);
    desk.send("DELETE", &path, None).ok();
    desk.send("DELETE", &path, None).refusal(404);
    assert_eq!((status(&desk), status(&phone)), (200, 401));

    let script = bearer(&dashboard, &token(&desk, "vera", VIEWER_PASSWORD));
    let others = bearer(&dashboard, &token(&desk, "admin", OWNER_PASSWORD));
    assert_eq!(status(&script), 200);
    let response = desk.send("DELETE", "/api/v1/sessions", None);
    assert_eq!(response.ok()["ended"], 1);
    assert!(response.header("set-cookie").unwrap().starts_with("qm_session=;"));
    assert_eq!((status(&desk), status(&script)), (401, 401));
    assert_eq!((status(&dashboard.viewer()), status(&others)), (200, 200));
    assert_eq!(status(&bearer(&dashboard, &token(&desk, "vera", VIEWER_PASSWORD))), 200);
}

#[test]
fn what_opens_the_door_to_others_asks_for_the_password_again() {
    let home = Home::with_users();
    let dashboard = home.start();
    let page = dashboard.anonymous().signed_in("admin", OWNER_PASSWORD);
    let new = |name: &str| json!({ "name": name, "password": NEW_PASSWORD, "role": "viewer" });
    // Who has just signed in need not.
    page.post("/api/v1/users", &new("first")).ok();
    home.sqlite().execute("UPDATE qm_sessions SET confirmed_ms = created_ms - 300001", []).unwrap();
    for (method, path) in [
        ("POST", "/api/v1/users"),
        ("POST", "/api/v1/users/1/role"),
        ("POST", "/api/v1/users/1/password"),
        ("DELETE", "/api/v1/users/2"),
        ("POST", "/api/v1/keys"),
        ("POST", "/api/v1/keys/node-1/rotate"),
        ("DELETE", "/api/v1/keys/node-1"),
        ("DELETE", "/api/v1/sessions"),
        ("POST", "/api/v1/totp/begin"),
    ] {
        for client in [&page, &dashboard.owner()] {
            let refusal = client.send(method, path, None).refusal(403);
            assert_eq!(refusal["error"], "Confirmation required", "{method} {path}");
            assert_eq!(refusal["confirm"], "password");
        }
    }
    let confirm =
        |password: &str| page.post("/api/v1/session/confirm", &json!({ "password": password }));
    confirm("a guess").refusal(403);
    page.post("/api/v1/users", &new("second")).refusal(403);
    confirm(OWNER_PASSWORD).ok();
    page.post("/api/v1/users", &new("second")).ok();
    // A key has no session that could be fresh.
    let by_key = dashboard.owner();
    by_key.post("/api/v1/session/confirm", &json!({ "password": OWNER_PASSWORD })).refusal(409);
    let wrong = by_key.clone().with("X-Confirm-Password", "a guess");
    wrong.post("/api/v1/users", &new("third")).refusal(403);
    owner(&dashboard).post("/api/v1/users", &new("third")).ok();
}

#[test]
fn an_owner_adds_changes_and_deletes_users() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = owner(&dashboard);
    let new = json!({ "name": " tim ", "password": NEW_PASSWORD, "role": "technician" });
    let tim = owner.post("/api/v1/users", &new).ok()["user"].clone();
    assert_eq!((&tim["name"], &tim["role"]), (&json!("tim"), &json!("technician")));
    assert_eq!(owner.post("/api/v1/users", &new).refusal(409)["field"], "name");
    for (field, wrong) in [
        ("name", json!("<b>")),
        ("name", json!("")),
        ("name", json!(5)),
        ("name", json!("x".repeat(101))),
        ("password", json!("short")),
        ("password", json!(1_234_567_890)),
        ("role", json!("emperor")),
        ("role", json!(null)),
    ] {
        let mut body = json!({ "name": "x", "password": NEW_PASSWORD, "role": "viewer" });
        body[field] = wrong;
        assert_eq!(owner.post("/api/v1/users", &body).refusal(400)["field"], field);
    }

    let page = dashboard.anonymous().signed_in("tim", NEW_PASSWORD);
    assert_eq!(page.get("/api/v1/session").ok()["user"]["role"], "technician");
    page.get("/api/v1/users").refusal(403);
    let path = format!("/api/v1/users/{}", tim["id"]);
    owner.post(&format!("{path}/role"), &json!({ "role": "viewer" })).ok();
    assert_eq!(page.get("/api/v1/session").ok()["user"]["role"], "viewer", "at once");
    owner.post(&format!("{path}/password"), &json!({ "password": "set by the owner" })).ok();
    assert_eq!(status(&page), 401);
    let page = dashboard.anonymous().signed_in("tim", "set by the owner");
    owner.send("DELETE", &path, None).ok();
    assert_eq!(status(&page), 401);
    owner.send("DELETE", &path, None).refusal(404);
    owner.post(&format!("{path}/role"), &json!({ "role": "owner" })).refusal(404);
    owner.send("DELETE", "/api/v1/users/99999999999999999999", None).refusal(404);

    // Somebody has to be left who may do everything.
    let admin = format!("/api/v1/users/{}", id(&dashboard, "admin"));
    owner.send("DELETE", &admin, None).refusal(409);
    owner.post(&format!("{admin}/role"), &json!({ "role": "viewer" })).refusal(409);
    let vera = format!("/api/v1/users/{}/role", id(&dashboard, "vera"));
    owner.post(&vera, &json!({ "role": "owner" })).ok();
    owner.post(&format!("{admin}/role"), &json!({ "role": "viewer" })).ok();
    owner.get("/api/v1/users").refusal(403);
    let users = dashboard.viewer().get("/api/v1/users").ok();
    assert_eq!(users["users"].as_array().unwrap().len(), 2);
    // Each of it is written down, and by whom.
    let kinds: Vec<_> = dashboard.events().iter().map(|event| event["kind"].clone()).collect();
    for kind in ["user.create", "user.role", "user.password", "user.delete"] {
        assert!(kinds.contains(&json!(kind)), "{kind} {kinds:?}");
    }
}

/// What lasts longer than the mode is not for everybody in it.
#[test]
fn open_to_all_users_and_keys_are_not() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let dashboard = home.start();
    for (method, path) in [
        ("GET", "/api/v1/users"),
        ("POST", "/api/v1/users"),
        ("POST", "/api/v1/users/1/password"),
        ("DELETE", "/api/v1/users/2"),
        ("GET", "/api/v1/keys"),
        ("POST", "/api/v1/keys"),
        ("GET", "/api/v1/sessions"),
        ("POST", "/api/v1/password"),
        ("GET", "/api/notifications"),
    ] {
        dashboard.anonymous().send(method, path, None).refusal(401);
        if path.contains("users") {
            dashboard.viewer().send(method, path, None).refusal(403);
        }
    }
    dashboard.owner().get("/api/v1/users").ok();
    assert_eq!(dashboard.anonymous().get("/api/v1/snapshot").status, 200);
}

#[test]
fn notifications_are_ones_own() {
    let home = Home::with_users();
    home.sqlite()
        .execute_batch(
            "INSERT INTO notifications (user_id, type, title, message, created_at) VALUES
                (1, 'block_found', 'Old', 'm', '2026-11-23 09:05:10'),
                (1, 'block_found', 'A', 'm', '2026-11-23 09:05:11'),
                (1, 'block_found', 'B', 'm', '2026-11-23 09:05:11'),
                (2, 'block_found', 'Of another', 'm', '2026-11-23 09:05:11')",
        )
        .unwrap();
    let dashboard = home.start();
    let titles = || {
        let answer = dashboard.owner().get("/api/notifications").ok();
        let titles = answer["notifications"].as_array().unwrap().iter();
        titles.map(|one| one["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(), ["A", "B", "Old"]);
    let first = dashboard.owner().get("/api/notifications").ok()["notifications"][0].clone();
    let expected = json!({
        "id": 2, "user_id": 1, "type": "block_found", "title": "A", "message": "m", "read": 0,
        "created_at": "2026-11-23 09:05:11",
    });
    assert_eq!(first, expected);

    let read = |client: &Client, id: &str| {
        client.send("POST", &format!("/api/notifications/{id}/read"), None)
    };
    assert_eq!(read(&dashboard.owner(), "2").ok(), json!({ "success": true }));
    assert_eq!(titles(), ["B", "Old"]);
    // Somebody else's, none, and no number at all.
    for id in ["4", "99999", "abc", "1.5", "-1", "99999999999999999999"] {
        read(&dashboard.owner(), id).refusal(404);
    }
    read(&dashboard.viewer(), "3").refusal(404);
    assert_eq!(titles(), ["B", "Old"]);
    read(&dashboard.anonymous(), "1").refusal(401);
}

#[test]
fn a_page_may_report_itself_and_forge_nothing() {
    let home = Home::with_users().set("RATE_LIMIT", "on");
    let dashboard = home.start();
    let page = dashboard.viewer();
    let forged =
        json!({ "level": "error", "message": "one\nERROR: forged \u{1b}[2J", "data": { "k": 1 } });
    assert_eq!(page.post("/api/logs", &forged).ok(), json!({ "success": true }));
    let error = json!({ "message": { "a": 1 }, "line": "x", "file": "y".repeat(100_000) });
    assert_eq!(page.post("/api/errors", &error).ok(), json!({ "success": true }));
    assert_eq!(page.send("POST", "/api/logs", None).ok(), json!({ "success": true }));
    page.post("/api/logs", &json!([1])).refusal(400);
    dashboard.anonymous().post("/api/logs", &forged).refusal(401);
    let said = eventually("the lines", || {
        let said = dashboard.stderr();
        said.iter().any(|line| line.contains("reports an error")).then_some(said)
    });
    let line = said.iter().find(|line| line.contains("[Client]")).unwrap();
    assert!(line.contains("error: message=oneERROR: forged [2J data={\"k\":1}"), "{line}");
    assert!(said.iter().all(|line| !line.starts_with("ERROR") && line.len() < 1000), "{said:?}");
    // A budget of their own, which takes nothing from what a person does.
    let statuses: Vec<_> = (0..121).map(|_| page.post("/api/logs", &json!({})).status).collect();
    assert_eq!(statuses.last(), Some(&429));
    assert_eq!(page.get("/api/v1/snapshot").status, 200);
}
