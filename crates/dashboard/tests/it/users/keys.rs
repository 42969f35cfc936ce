//! API keys.

use serde_json::{Value, json};

use super::{id, owner, status};
use crate::support::node_server::{OWNER_KEY, VIEWER_KEY, VIEWER_PASSWORD};
use crate::support::{Client, Dashboard, Home, eventually};

fn viewer(dashboard: &Dashboard) -> Client {
    dashboard.viewer().with("X-Confirm-Password", VIEWER_PASSWORD)
}

fn keys(client: &Client) -> Vec<Value> {
    client.get("/api/v1/keys").ok()["keys"].as_array().unwrap().clone()
}

fn with_key(dashboard: &Dashboard, answer: &Value) -> Client {
    dashboard.anonymous().with("X-API-Key", answer["key"].as_str().unwrap())
}

#[test]
fn a_key_is_shown_once_and_never_kept() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = owner(&dashboard);
    let made = owner.post("/api/v1/keys", &json!({ "label": "chart", "role": "viewer" })).ok();
    let (key, path) =
        (made["key"].as_str().unwrap(), format!("/api/v1/keys/{}", made["id"].as_str().unwrap()));
    assert!(key.starts_with("qmk_") && key.len() == 47, "{key}");
    let script = with_key(&dashboard, &made);
    assert_eq!(
        script.get("/api/v1/session").ok()["user"],
        json!({ "name": "admin", "role": "viewer" })
    );
    script.post("/api/miner/stop", &json!({})).refusal(403);
    let listed = eventually("its use is noted", || {
        let listed = keys(&owner).into_iter().find(|key| key["label"] == "chart").unwrap();
        listed["last_used_ms"].is_i64().then_some(listed)
    });
    assert_eq!(listed["prefix"], key[..10]);
    assert_eq!((&listed["role"], &listed["node"]), (&json!("viewer"), &json!(false)));
    assert!(!Value::from(keys(&owner)).to_string().contains(key));

    let rotated = owner.send("POST", &format!("{path}/rotate"), None).ok();
    assert_eq!(rotated["id"], made["id"]);
    assert_eq!((status(&script), status(&with_key(&dashboard, &rotated))), (401, 200));
    // A script that watches does not go on when its key is revoked.
    let mut watching = with_key(&dashboard, &rotated).socket("/api/v1/stream");
    watching.json();
    owner.send("DELETE", &path, None).ok();
    assert_eq!(status(&with_key(&dashboard, &rotated)), 401);
    assert_eq!(watching.close_code(), Some(1008));
    owner.send("DELETE", &path, None).refusal(404);
    dashboard.stop();
    for (file, (_, content)) in home.files() {
        let content = String::from_utf8_lossy(&content);
        assert!(!content.contains(&key[4..]), "{}", file.display());
    }
}

#[test]
fn nobody_makes_a_key_that_may_more_than_they() {
    let home = Home::with_users();
    let dashboard = home.start();
    let viewer = viewer(&dashboard);
    for role in ["technician", "owner"] {
        viewer.post("/api/v1/keys", &json!({ "label": "l", "role": role })).refusal(403);
    }
    let made = viewer.post("/api/v1/keys", &json!({ "label": "mine" })).ok();
    // A key that was more once is no more than its user is now.
    let owner = owner(&dashboard);
    let role = format!("/api/v1/users/{}/role", id(&dashboard, "vera"));
    owner.post(&role, &json!({ "role": "owner" })).ok();
    let strong = viewer.post("/api/v1/keys", &json!({ "label": "strong" })).ok();
    assert_eq!(with_key(&dashboard, &made).get("/api/v1/session").ok()["user"]["role"], "viewer");
    owner.post(&role, &json!({ "role": "viewer" })).ok();
    assert_eq!(with_key(&dashboard, &strong).get("/api/v1/session").ok()["user"]["role"], "viewer");

    for (label, field) in [(json!("<b>"), "label"), (json!(null), "label"), (json!(5), "label")] {
        let refusal = viewer.post("/api/v1/keys", &json!({ "label": label })).refusal(400);
        assert_eq!(refusal["field"], field);
    }
    let statuses: Vec<_> =
        (0..49).map(|_| viewer.post("/api/v1/keys", &json!({ "label": "many" })).status).collect();
    assert_eq!(statuses.last(), Some(&409));
}

#[test]
fn keys_of_others_are_the_owners_affair() {
    let home = Home::with_users();
    let dashboard = home.start();
    let (owner, viewer) = (owner(&dashboard), viewer(&dashboard));
    let made = owner.post("/api/v1/keys", &json!({ "label": "secret" })).ok();
    let path = format!("/api/v1/keys/{}", made["id"].as_str().unwrap());
    for path in [path.as_str(), "/api/v1/keys/node-1", "/api/v1/keys/999", "/api/v1/keys/x"] {
        viewer.send("DELETE", path, None).refusal(404);
        viewer.send("POST", &format!("{path}/rotate"), None).refusal(404);
    }
    assert_eq!(status(&with_key(&dashboard, &made)), 200);
    let users = |client: &Client| {
        let mut users: Vec<_> =
            keys(client).iter().map(|key| key["user"].as_str().unwrap().to_owned()).collect();
        users.sort();
        users
    };
    assert_eq!(users(&viewer), ["vera"]);
    assert_eq!(users(&owner), ["admin", "admin", "vera"]);
}

#[test]
fn nodes_keys_can_be_rotated_and_revoked() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = owner(&dashboard);
    let in_column = || {
        home.sqlite()
            .query_row("SELECT api_key FROM users WHERE username = 'vera'", [], |row| {
                row.get::<_, Option<String>>(0)
            })
            .unwrap()
    };
    let vera = id(&dashboard, "vera");
    let listed = keys(&dashboard.viewer());
    assert_eq!(listed[0]["id"], format!("node-{vera}"));
    assert_eq!(listed[0]["prefix"], VIEWER_KEY[..8]);
    let path = format!("/api/v1/keys/node-{vera}");
    let rotated = owner.send("POST", &format!("{path}/rotate"), None).ok();
    // Node finds the new one and not the old one, and so do we.
    assert_eq!(in_column().as_deref(), rotated["key"].as_str());
    assert_eq!((status(&dashboard.viewer()), status(&with_key(&dashboard, &rotated))), (401, 200));
    owner.send("DELETE", &path, None).ok();
    assert_eq!(in_column(), None);
    assert_eq!(status(&with_key(&dashboard, &rotated)), 401);
    owner.send("DELETE", &path, None).refusal(404);
    assert_eq!(status(&dashboard.anonymous().with("X-API-Key", OWNER_KEY)), 200);
}
