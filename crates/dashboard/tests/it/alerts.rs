//! `/api/alerts/…`, with stand-ins for the services that carry messages.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Client, Home};

const TOKEN: &str = "123456789:planted_token-ABCDEFGHIJKLMNOP";

/// A web server that gives one answer, and tells what it was asked.
fn service(answer: &'static str) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (tell, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut received = Vec::new();
            let request = loop {
                let mut chunk = [0; 4096];
                let length = stream.read(&mut chunk).unwrap();
                received.extend_from_slice(&chunk[..length]);
                let text = String::from_utf8_lossy(&received).into_owned();
                let whole = text.split_once("\r\n\r\n").and_then(|(head, body)| {
                    let body = serde_json::from_str(body).ok()?;
                    Some((head.lines().next().unwrap().to_owned(), body))
                });
                match whole {
                    Some(request) => break request,
                    None => assert!(length > 0, "no request: {text}"),
                }
            };
            tell.send(request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, asked)
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";
const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const REFUSAL: &str = "HTTP/1.1 400 Bad Request\r\nContent-Length: 56\r\n\r\n{\"ok\":false,\"description\":\"Bad Request: chat not found\"}";
const ELSEWHERE: &str =
    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";

fn set(client: &Client, channels: &Value) {
    let body = json!({ "channels": channels, "rules": [] });
    assert_eq!(client.post("/api/alerts/settings", &body).ok(), json!({ "success": true }));
}

fn send(client: &Client, channel: &str) -> Value {
    let body = json!({ "channel": channel, "title": "T", "message": "M" });
    client.post("/api/alerts/send", &body).ok()
}

/// The settings as Node reads them.
fn stored(home: &Home) -> Value {
    let text: String = home
        .sqlite()
        .query_row("SELECT value FROM config WHERE key = 'alert_settings'", [], |row| row.get(0))
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn secrets_are_written_and_never_read() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    owner.post("/api/alerts/config", &json!({})).ok();
    let defaults = owner.get("/api/alerts/settings").ok();
    let off = || json!({ "enabled": false });
    let channels =
        json!({ "email": off(), "sms": off(), "telegram": off(), "discord": off(), "push": off() });
    assert_eq!(defaults["settings"], json!({ "channels": channels, "rules": [] }));

    let full = json!({
        "email": { "enabled": true, "smtpHost": "smtp.example.com", "smtpPort": 587,
            "username": "u", "password": "planted-mail-password", "recipients": ["a@example.com"] },
        "telegram": { "enabled": true, "botToken": TOKEN, "chatId": "-100123" },
        "discord": { "enabled": true, "webhookUrl": "https://discord.com/api/webhooks/1/planted-hook" },
    });
    set(&owner, &full);
    assert_eq!(stored(&home)["channels"], full, "Node reads it as it was posted");
    for client in [&owner, &dashboard.viewer()] {
        for path in ["/api/alerts/settings", "/api/alerts/config"] {
            let shown = client.get(path).text();
            assert!(!shown.contains("planted") && shown.contains("********"), "{shown}");
        }
    }
    let shown = owner.get("/api/alerts/settings").ok()["settings"]["channels"].clone();
    // What its page asks of them before it saves.
    assert!(shown["telegram"]["botToken"].as_str().unwrap().len() >= 20);
    let hook = shown["discord"]["webhookUrl"].as_str().unwrap();
    assert!(hook.starts_with("https://discord.com/api/webhooks/"), "{hook}");

    // Posted back as it was shown, with one change; an empty one is none.
    let mut back = shown.clone();
    back["telegram"]["chatId"] = "7".into();
    back["email"]["password"] = "".into();
    set(&owner, &back);
    let mut expected = full.clone();
    expected["telegram"]["chatId"] = "7".into();
    assert_eq!(stored(&home)["channels"], expected);
    back["telegram"]["botToken"] = "987:new".into();
    set(&owner, &back);
    assert_eq!(stored(&home)["channels"]["telegram"]["botToken"], "987:new");
    // A technician runs alerts, a viewer looks.
    dashboard.viewer().post("/api/alerts/settings", &json!({})).refusal(403);
    let said = dashboard.stop().stderr.join("\n");
    assert!(!said.contains("planted"), "{said}");
}

#[test]
fn rules_stay_unless_others_are_given() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let rules = json!([{ "id": 1 }, { "id": "hot", "name": "Hot", "condition": "temp > 80" }]);
    let body = json!({ "channels": { "sms": { "enabled": true } }, "rules": rules });
    owner.post("/api/alerts/settings", &body).ok();
    set(&owner, &json!({ "push": { "enabled": true } }));
    let settings = owner.get("/api/alerts/settings").ok()["settings"].clone();
    assert_eq!(settings["rules"], rules);
    assert_eq!(settings["channels"], json!({ "push": { "enabled": true } }));
    for (body, error) in [
        (json!({ "channels": { "pager": {} } }), "Invalid channel: pager"),
        (json!({ "channels": ["email"] }), "Invalid channel: 0"),
        (json!({ "channels": "email" }), "Invalid channel: 0"),
        (json!({ "channels": { "email": null } }), "Invalid channels.email"),
        (json!({ "rules": [{ "id": "a b" }] }), "Invalid id"),
        (json!({ "rules": [{ "name": "<img>" }] }), "Invalid name"),
        (json!({ "rules": "x" }), "Invalid rules"),
    ] {
        assert_eq!(owner.post("/api/alerts/settings", &body).refusal(400)["error"], error);
    }
    // Names that the sanitiser would drop or change.
    for name in ["", " email "] {
        owner.post("/api/alerts/settings", &json!({ "channels": { name: {} } })).refusal(400);
        owner.post("/api/alerts/config", &json!({ name: {} })).refusal(400);
    }
    assert_eq!(owner.get("/api/alerts/settings").ok()["settings"], settings);
}

#[test]
fn a_message_goes_out_as_node_writes_it() {
    let (telegram, asked_telegram) = service(OK);
    let (discord, asked_discord) = service(EMPTY);
    let home = Home::with_users()
        .set("TELEGRAM_API_URL", &format!("http://{telegram}"))
        .set("WEBHOOK_HOSTS", &discord);
    let dashboard = home.start();
    let owner = dashboard.owner();
    set(
        &owner,
        &json!({
            "telegram": { "enabled": true, "botToken": TOKEN, "chatId": "9" },
            "discord": { "enabled": true, "webhookUrl": format!("http://{discord}/api/webhooks/1/x") },
        }),
    );
    assert_eq!(
        send(&owner, "telegram"),
        json!({ "success": true, "message": "Telegram alert sent" })
    );
    let (line, body) = asked_telegram.recv().unwrap();
    assert_eq!(line, format!("POST /bot{TOKEN}/sendMessage HTTP/1.1"));
    assert_eq!(body, json!({ "chat_id": "9", "text": "*T*\n\nM", "parse_mode": "Markdown" }));

    assert_eq!(
        send(&owner, "discord"),
        json!({ "success": true, "message": "Discord alert sent" })
    );
    let (line, body) = asked_discord.recv().unwrap();
    assert_eq!(line, "POST /api/webhooks/1/x HTTP/1.1");
    let embed = &body["embeds"][0];
    assert_eq!((&embed["title"], &embed["description"]), (&json!("T"), &json!("M")));
    assert_eq!(embed["color"], 16_711_680);

    let test =
        json!({ "channel": "telegram", "rule": { "name": "Rig Offline", "type": "rig_status" } });
    assert_eq!(owner.post("/api/alerts/test", &test).ok()["success"], true);
    let (_, body) = asked_telegram.recv().unwrap();
    assert!(body["text"].as_str().unwrap().contains("Rig Offline"), "{body}");
    // The other dialog shows, and changes, the same channels.
    let off = json!({ "telegram": { "enabled": false } });
    owner.post("/api/alerts/config", &off).ok();
    assert_eq!(stored(&home)["channels"]["telegram"]["botToken"], TOKEN);
    let body = json!({ "channel": "telegram", "title": "T", "message": "M" });
    let refusal = owner.post("/api/alerts/send", &body).refusal(400);
    assert_eq!(refusal["error"], "Channel not enabled");
    assert!(asked_telegram.try_recv().is_err());
}

#[test]
fn what_was_not_sent_is_not_told_to_be() {
    let (refusing, _asked) = service(REFUSAL);
    let (elsewhere, _asked) = service(ELSEWHERE);
    let home = Home::with_users()
        .set("TELEGRAM_API_URL", &format!("http://{refusing}"))
        .set("WEBHOOK_HOSTS", &elsewhere);
    let dashboard = home.start();
    let owner = dashboard.owner();
    set(
        &owner,
        &json!({
            "telegram": { "enabled": true, "botToken": TOKEN, "chatId": "9" },
            "discord": { "enabled": true, "webhookUrl": format!("http://{elsewhere}/x") },
            "email": { "enabled": true }, "sms": { "enabled": true }, "push": { "enabled": true },
            "browser": { "enabled": true },
        }),
    );
    for (channel, error, message) in [
        ("telegram", "Telegram API error", "It answered 400: Bad Request: chat not found"),
        ("discord", "Discord webhook error", "It answered 302"),
        ("email", "Not sent", "This version cannot send by email yet"),
        ("sms", "Not sent", "This version cannot send by sms yet"),
        ("push", "Not sent", "This version cannot send by push yet"),
        ("browser", "Not sent", "Only a page can notify its own browser"),
    ] {
        let expected = json!({ "success": false, "error": error, "message": message });
        assert_eq!(send(&owner, channel), expected);
        let test = owner.post("/api/alerts/test", &json!({ "channel": channel }));
        assert_eq!(test.refusal(409)["message"], message);
    }
    set(&owner, &json!({ "telegram": { "enabled": true }, "discord": { "enabled": true } }));
    for channel in ["telegram", "discord"] {
        assert_eq!(send(&owner, channel)["success"], false, "without token and webhook");
    }
    for (body, error) in [
        (json!({ "channel": "email" }), "Channel, title, and message are required"),
        (json!({ "channel": "pager", "title": "t", "message": "m" }), "Invalid channel"),
        (
            json!({ "channel": "email", "title": "t".repeat(201), "message": "m" }),
            "Title or message too long",
        ),
        (json!({ "channel": "email", "title": 5, "message": "m" }), "Invalid title"),
    ] {
        assert_eq!(owner.post("/api/alerts/send", &body).refusal(400)["error"], error);
    }
}

/// As in Node: what is wrong with a channel is told when it is to be used.
#[test]
fn a_channel_that_is_off_and_what_pages_keep_besides() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let unfinished = json!({
        "email": { "enabled": false, "smtpHost": "localhost", "recipients": "a@b.c" },
        "discord": { "enabled": false, "webhookUrl": "ftp://x" },
    });
    let mut body =
        json!({ "channels": unfinished, "quiet": true, "pin_token": "planted", "x": {} });
    owner.post("/api/alerts/settings", &body).ok();
    let shown = owner.get("/api/alerts/settings").ok()["settings"].clone();
    assert_eq!(shown["channels"]["email"]["recipients"], json!(["a@b.c"]));
    assert_eq!((&shown["quiet"], &shown["pin_token"]), (&json!(true), &json!("********")));
    assert!(shown.get("x").is_none());
    // With the mask, nobody knows any more what is behind it; it is not used.
    body["channels"]["discord"] =
        json!({ "enabled": true, "webhookUrl": shown["channels"]["discord"]["webhookUrl"] });
    owner.post("/api/alerts/settings", &body).ok();
    assert_eq!(send(&owner, "discord")["success"], false);
    body["channels"]["email"]["enabled"] = true.into();
    owner.post("/api/alerts/settings", &body).refusal(400);
}

/// A webhook is an address that somebody types in, and the rig stands in a
/// network that trusts it.
#[test]
fn webhooks_lead_nowhere_inside() {
    let (inside, asked) = service(OK);
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let port = inside.rsplit(':').next().unwrap();
    for url in [
        format!("http://{inside}/x"),
        format!("https://{inside}/x"),
        format!("https://localhost:{port}/x"),
        format!("https://127.1:{port}/x"),
        format!("https://discord.com@{inside}/x"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let body = json!({ "channels": { "discord": { "enabled": true, "webhookUrl": url } } });
        let refusal = owner.post("/api/alerts/settings", &body).refusal(400);
        assert_eq!(refusal["error"], "Invalid webhook URL", "{url}");
        assert_eq!(refusal["field"], "channels.discord.webhookUrl");
    }
    // A name that means this machine, and what Node has stored unseen.
    set(
        &owner,
        &json!({ "discord": { "enabled": true, "webhookUrl": "https://rig.localhost/x" } }),
    );
    let answer = send(&owner, "discord");
    assert_eq!(answer["error"], "fetch failed");
    assert!(answer["message"].as_str().unwrap().contains("may be connected to"), "{answer}");
    let by_node = json!({ "channels": { "discord": { "enabled": true, "webhookUrl": format!("http://{inside}/x") } } });
    home.sqlite()
        .execute("UPDATE config SET value = ? WHERE key = 'alert_settings'", [by_node.to_string()])
        .unwrap();
    assert_eq!(send(&owner, "discord")["success"], false);
    assert!(asked.try_recv().is_err(), "nobody was asked");
}

#[test]
fn a_service_that_hangs_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap();
    let home = Home::with_users().set("TELEGRAM_API_URL", &format!("http://{silent}"));
    let dashboard = home.start();
    let owner = dashboard.owner();
    set(&owner, &json!({ "telegram": { "enabled": true, "botToken": TOKEN, "chatId": 9 } }));
    let begun = Instant::now();
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| send(&owner, "telegram"));
        for _ in 0..10 {
            assert_eq!(dashboard.viewer().get("/api/v1/snapshot").status, 200);
        }
        assert!(begun.elapsed() < Duration::from_secs(4), "others were held up");
        waiting.join().unwrap()
    });
    assert!(begun.elapsed() < Duration::from_secs(10));
    let expected =
        json!({ "success": false, "error": "fetch failed", "message": "No answer within 5 s" });
    assert_eq!(answer, expected);
}

#[test]
fn rules_are_nodes() {
    let home = Home::with_users();
    // As Node's own statement writes one.
    home.sqlite()
        .execute(
            "INSERT INTO alert_rules (id, name, type, condition, enabled, channels, cooldown)
             VALUES ('rig_down', 'Rig Offline', 'rig_status',
                '{\"field\":\"isMining\",\"operator\":\"equals\",\"value\":false}', 1,
                '[\"email\",\"telegram\"]', 300)",
            [],
        )
        .unwrap();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let rules = || owner.get("/api/alerts/rules").ok();
    let rule = json!({
        "id": "rig_down", "name": "Rig Offline", "type": "rig_status",
        "condition": { "field": "isMining", "operator": "equals", "value": false },
        "enabled": true, "channels": ["email", "telegram"], "cooldown": 300,
    });
    assert_eq!(rules()["rules"], json!([rule]));
    // Nothing watches them yet, and the answer says so.
    assert_eq!(rules()["available"], false);

    let mut new = rule.clone();
    new["id"] = "rule_1795424711541".into();
    owner.post("/api/alerts/rules", &new).ok();
    new["enabled"] = false.into();
    new["cooldown"] = 0.into();
    owner.post("/api/alerts/rules", &new).ok();
    assert_eq!(rules()["rules"], json!([rule, new]));
    let row: (String, String, i64, i64) = home
        .sqlite()
        .query_row(
            "SELECT condition, channels, enabled, cooldown FROM alert_rules WHERE id LIKE 'rule_%'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    let condition = r#"{"field":"isMining","operator":"equals","value":false}"#;
    assert_eq!(row, (condition.into(), r#"["email","telegram"]"#.into(), 0, 0));
    owner.post("/api/alerts/rules", &json!({})).refusal(400);

    home.sqlite()
        .execute(
            "INSERT INTO alert_history (rule_id, rule_name, type, message, channels, timestamp)
             VALUES ('rig_down', 'Rig Offline', 'rig_status', 'm', '[\"email\"]', 7),
                ('rig_down', 'Rig Offline', 'rig_status', 'm', 'no JSON', 8)",
            [],
        )
        .unwrap();
    let history = owner.get("/api/alerts/history?limit=50").ok()["history"].clone();
    assert_eq!((&history[0]["timestamp"], &history[0]["channels"]), (&json!(8), &json!([])));
    assert_eq!(
        (&history[1]["rule_name"], &history[1]["channels"]),
        (&json!("Rig Offline"), &json!(["email"]))
    );
    assert_eq!(
        owner.get("/api/alerts/history?limit=1").ok()["history"].as_array().unwrap().len(),
        1
    );

    owner.send("DELETE", "/api/alerts/rules/rig_down", None).ok();
    owner.send("DELETE", "/api/alerts/rules/rig_down", None).refusal(404);
    assert_eq!(rules()["rules"], json!([new]));
    dashboard.viewer().send("DELETE", "/api/alerts/rules/x", None).refusal(403);
}
