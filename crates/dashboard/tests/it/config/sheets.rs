//! Flight sheets and presets, in the table in which Node keeps them.

use serde_json::{Value, json};

use super::{OTHER_WALLET, on_disk, technician};
use crate::support::Home;
use crate::support::node_server::OWNER_PASSWORD;

/// As Node reads a setting.
fn stored(home: &Home, key: &str) -> Option<String> {
    home.sqlite().query_row("SELECT value FROM config WHERE key = ?", [key], |row| row.get(0)).ok()
}

/// As Node writes one.
fn store(home: &Home, key: &str, value: &str) {
    home.sqlite()
        .execute(
            "INSERT INTO config (key, value) VALUES (?1, ?2)
             ON CONFLICT(key) DO UPDATE SET value = ?2, updated_at = CURRENT_TIMESTAMP",
            [key, value],
        )
        .unwrap();
}

#[test]
fn a_sheet_is_kept_applied_and_forgotten() {
    let home = Home::with_users();
    let dashboard = home.start();
    let tim = technician(&home, &dashboard);
    let empty = tim.get("/api/flight-sheets").ok();
    assert_eq!(empty, json!({ "success": true, "sheets": [], "activeSheet": null }));
    let config =
        json!({ "worker": "w1", "mining": { "mode": "solo" }, "gpu": { "powerLimit": 10 } });
    let body = json!({ "name": "day", "config": config });
    let answer = tim.post("/api/flight-sheets", &body).ok();
    let sheet = answer["sheet"].clone();
    let id = sheet["id"].as_str().unwrap();
    assert_eq!(sheet["createdAt"].as_i64().unwrap().to_string(), id);
    assert_eq!((&sheet["name"], &sheet["config"]), (&json!("day"), &config));
    let raw: Value = serde_json::from_str(&stored(&home, "flight_sheets").unwrap()).unwrap();
    assert_eq!(raw, json!([sheet]));

    tim.post(&format!("/api/flight-sheets/{id}/apply"), &json!({})).ok();
    assert_eq!(stored(&home, "active_flight_sheet").as_deref(), Some(id));
    assert_eq!(tim.get("/api/flight-sheets").ok()["activeSheet"], id);
    let expected = json!({
        "worker": "w1",
        "miner": { "worker": "w1" },
        "mining": { "mode": "solo" },
        "gpu": { "powerLimit": 10 },
    });
    assert_eq!(on_disk(&home), expected);

    let gone = tim.send("DELETE", &format!("/api/flight-sheets/{id}"), None).ok();
    assert_eq!(gone, json!({ "success": true }));
    assert_eq!(stored(&home, "active_flight_sheet").as_deref(), Some(""));
    assert_eq!(tim.get("/api/flight-sheets").ok()["activeSheet"], json!(null));
    for (method, path) in
        [("DELETE", "/api/flight-sheets/1"), ("POST", "/api/flight-sheets/1/apply")]
    {
        assert_eq!(tim.send(method, path, None).refusal(404)["error"], "Flight sheet not found");
    }
}

#[test]
fn sheets_that_cannot_be() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let dashboard = home.start();
    let client = dashboard.anonymous();
    for (body, error) in [
        (json!({ "name": "x" }), "Name and config are required"),
        (
            json!({ "name": "n".repeat(101), "config": { "a": 1 } }),
            "Name must be between 1 and 100 characters",
        ),
        (json!({ "name": 5, "config": { "a": 1 } }), "Name must be between 1 and 100 characters"),
        (
            json!({ "name": "<b>", "config": { "a": 1 } }),
            "Name must be between 1 and 100 characters",
        ),
        (json!({ "name": "x", "config": { "mining": { "mode": "q" } } }), "Invalid mining mode"),
        (
            json!({ "name": "x", "config": { "gpu": { "fanSpeed": 500 } } }),
            "Fan speed must be between 0 and 100",
        ),
        (json!({ "name": "x", "config": "abc" }), "Invalid config"),
    ] {
        assert_eq!(client.post("/api/flight-sheets", &body).refusal(400)["error"], error, "{body}");
    }
    // Made by Node: a text for a config, two at once.
    store(
        &home,
        "flight_sheets",
        r#"[{"id":"7","name":"s","config":"abc","createdAt":7},{"id":"8","config":{}}]"#,
    );
    assert_eq!(client.get("/api/flight-sheets").ok()["sheets"][0]["config"], "abc");
    client.post("/api/flight-sheets/7/apply", &json!({})).refusal(409);
    client.post("/api/flight-sheets/8/apply", &json!({})).ok();
    // What cannot be read is not overwritten.
    store(&home, "flight_sheets", "{ broken");
    client.post("/api/flight-sheets", &json!({ "name": "x", "config": { "a": 1 } })).refusal(503);
    assert_eq!(stored(&home, "flight_sheets").as_deref(), Some("{ broken"));
}

#[test]
fn applying_a_wallet_is_the_owner_s() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner().with("X-Confirm-Password", OWNER_PASSWORD);
    let config = json!({ "wallet": OTHER_WALLET, "stratum": "stratum://u:hush@p:1" });
    let answer = owner.post("/api/flight-sheets", &json!({ "name": "s", "config": config }));
    assert!(!answer.text().contains("hush"));
    let id = answer.ok()["sheet"]["id"].as_str().unwrap().to_owned();
    assert!(!owner.get("/api/flight-sheets").text().contains("hush"));
    let apply = format!("/api/flight-sheets/{id}/apply");
    let tim = technician(&home, &dashboard);
    tim.post(&apply, &json!({})).refusal(403);
    assert_eq!(dashboard.owner().post(&apply, &json!({})).refusal(403)["confirm"], "password");
    assert!(!home.path("config/config.json").exists());
    owner.post(&apply, &json!({})).ok();
    assert_eq!(on_disk(&home)["stratum_url"], "stratum://u:hush@p:1");
    // Applied once, it changes nothing more.
    tim.post(&apply, &json!({})).ok();
    let events = super::config_events(&dashboard);
    assert_eq!(events.len(), 1);
    assert!(events[0]["message"].as_str().unwrap().contains(&id), "{events:?}");
}

#[test]
fn presets_keep_node_s_shape_and_have_ids() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let dashboard = home.start();
    let client = dashboard.anonymous();
    let old = json!([
        { "name": "eco", "gpuId": 0, "settings": { "powerLimit": 70 }, "createdAt": 5 },
        { "name": "eco2", "gpuId": "all", "settings": "x", "createdAt": 5 },
    ]);
    store(&home, "gpu_presets", &old.to_string());
    let listed = client.get("/api/gpu/presets").ok()["presets"].clone();
    assert_eq!((&listed[0]["id"], &listed[1]["id"]), (&json!("5"), &json!("5-1")));
    let body =
        json!({ "name": "fast", "gpuId": "3", "settings": { "coreClock": 100, "other": 1 } });
    let added = client.post("/api/gpu/presets", &body).ok();
    let id = added["id"].as_str().unwrap();
    let preset = client.get(&format!("/api/gpu/presets/{id}")).ok()["preset"].clone();
    assert_eq!((&preset["gpuId"], &preset["settings"]["other"]), (&json!(3), &json!(1)));
    let raw: Value = serde_json::from_str(&stored(&home, "gpu_presets").unwrap()).unwrap();
    assert_eq!((&raw[0], &raw[1]), (&old[0], &old[1]));
    let names: Vec<_> = raw[2].as_object().unwrap().keys().collect();
    assert_eq!(names, ["name", "gpuId", "settings", "createdAt"]);
    let form = client.clone().with("Content-Type", "application/x-www-form-urlencoded").send(
        "POST",
        "/api/gpu/presets",
        Some(b"name=+form+&gpuId=0&settings[powerLimit]=70"),
    );
    let id = form.ok()["id"].as_str().unwrap().to_owned();
    let preset = client.get(&format!("/api/gpu/presets/{id}")).ok()["preset"].clone();
    assert_eq!(
        (&preset["name"], &preset["settings"]),
        (&json!(" form "), &json!({ "powerLimit": "70" }))
    );
    client.send("DELETE", &format!("/api/gpu/presets/{id}"), None).ok();
    client.send("DELETE", "/api/gpu/presets/5-1", None).ok();
    client.send("DELETE", "/api/gpu/presets/5-1", None).refusal(404);
    client.get("/api/gpu/presets/nowhere").refusal(404);
    assert_eq!(client.get("/api/gpu/presets").ok()["presets"].as_array().unwrap().len(), 2);
    for (body, error) in [
        (json!({ "name": "x" }), "Name, gpuId, and settings are required"),
        (json!({ "name": "x", "gpuId": 0, "settings": {}, "extra": 1 }), ""),
        (json!({ "name": "x", "gpuId": 0, "settings": { "fanSpeed": 200 } }), "Invalid fanSpeed"),
        (json!({ "name": "x", "gpuId": 1.5, "settings": { "a": 1 } }), "Invalid gpuId"),
        (json!({ "name": "<x>", "gpuId": 1, "settings": { "a": 1 } }), "Invalid name"),
    ] {
        let response = client.post("/api/gpu/presets", &body);
        match error {
            "" => assert_eq!(response.ok()["success"], true),
            _ => assert_eq!(response.refusal(400)["error"], error, "{body}"),
        }
    }
}
