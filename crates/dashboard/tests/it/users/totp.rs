//! One-time codes beside the password.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use super::{bearer, owner, status, token};
use crate::support::http::Response;
use crate::support::node_server::{VIEWER_KEY, VIEWER_PASSWORD};
use crate::support::{Client, Dashboard, Home};

/// What an app shows, `off` steps from now.
fn code(secret: &str, off: i64) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String =
        secret.chars().map(|c| format!("{:05b}", alphabet.find(c).unwrap())).collect();
    let bytes = bits.as_bytes().chunks_exact(8);
    let key: Vec<u8> =
        bytes.map(|byte| u8::from_str_radix(str::from_utf8(byte).unwrap(), 2).unwrap()).collect();
    let step = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64 / 30 + off;
    let mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    let hash = mac.chain_update(step.to_be_bytes()).finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn sign_in(dashboard: &Dashboard, path: &str, code: Option<&str>) -> Response {
    let mut body = json!({ "username": "vera", "password": VIEWER_PASSWORD });
    if let Some(code) = code {
        body["totp"] = code.into();
    }
    dashboard.anonymous().post(path, &body)
}

const DOORS: [&str; 2] = ["/api/v1/session", "/api/auth/login"];

/// Switches it on for vera: the secret, and the codes for recovery.
fn switch_on(client: &Client) -> (String, Vec<String>) {
    let begun = client.send("POST", "/api/v1/totp/begin", None).ok();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 32, "160 bits");
    let url = begun["url"].as_str().unwrap();
    assert!(url.starts_with("otpauth://totp/") && url.contains(&secret), "{url}");
    let body = json!({ "code": code(&secret, -1) });
    let codes = client.post("/api/v1/totp/confirm", &body).ok()["recovery_codes"].clone();
    let codes: Vec<String> =
        codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 8);
    (secret, codes)
}

#[test]
fn signing_in_asks_for_a_code_and_takes_each_once() {
    let home = Home::with_users();
    let dashboard = home.start();
    let page = dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    let before = bearer(&dashboard, &token(&page, "vera", VIEWER_PASSWORD));
    // Begun is not done: the app may never have got the secret.
    page.send("POST", "/api/v1/totp/begin", None).ok();
    sign_in(&dashboard, DOORS[0], None).ok();
    page.post("/api/v1/totp/confirm", &json!({ "code": "000000" })).refusal(403);
    let (secret, codes) = switch_on(&page);
    page.send("POST", "/api/v1/totp/begin", None).refusal(409);
    let session = page.get("/api/v1/session").ok();
    assert_eq!(
        (&session["totp"], &session["methods"]),
        (&json!(true), &json!(["password", "totp"]))
    );

    for path in DOORS {
        let refusal = sign_in(&dashboard, path, None).refusal(401);
        assert_eq!(
            (&refusal["error"], &refusal["field"]),
            (&json!("TOTP required"), &json!("totp"))
        );
        // The one that has confirmed it was used, and is not good again.
        for wrong in [code(&secret, -1), code(&secret, -3), "123".into(), codes[0][1..].into()] {
            let refusal = sign_in(&dashboard, path, Some(&wrong)).refusal(401);
            assert_eq!(refusal["error"], "Invalid TOTP code");
        }
        // Who does not know the password learns nothing of it.
        let guess = json!({ "username": "vera", "password": "a guess", "totp": code(&secret, 0) });
        let refusal = dashboard.anonymous().post(path, &guess).refusal(401);
        assert_eq!(refusal["error"], "Invalid credentials");
        let number = json!({ "username": "vera", "password": VIEWER_PASSWORD, "totp": 123_456 });
        assert_eq!(dashboard.anonymous().post(path, &number).refusal(400)["field"], "totp");
    }
    let now = code(&secret, 0);
    sign_in(&dashboard, DOORS[0], Some(&now)).ok();
    sign_in(&dashboard, DOORS[1], Some(&now)).refusal(401);
    sign_in(&dashboard, DOORS[1], Some(&code(&secret, 1))).ok();
    // Typed without hyphens and in small letters, from a sheet of paper.
    let typed = codes[3].to_lowercase().replace('-', "");
    sign_in(&dashboard, DOORS[0], Some(&typed)).ok();
    sign_in(&dashboard, DOORS[1], Some(&codes[3])).refusal(401);
    let state = page.get("/api/v1/totp").ok();
    assert_eq!(state, json!({ "enabled": true, "recovery_codes_left": 7 }));
    // What is no password needs no code.
    assert_eq!(status(&before), 200);
    assert_eq!(status(&dashboard.anonymous().with("X-API-Key", VIEWER_KEY)), 200);
    dashboard.stop();
    for (path, (_, content)) in home.files() {
        let content = String::from_utf8_lossy(&content);
        assert!(!content.contains(&codes[5]), "{}", path.display());
    }
}

#[test]
fn switching_it_off_takes_both() {
    let home = Home::with_users();
    let dashboard = home.start();
    let page = dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    let off = |password: &str, code: &str| {
        page.post("/api/v1/totp/disable", &json!({ "password": password, "code": code }))
    };
    off(VIEWER_PASSWORD, "123456").refusal(409);
    let (secret, codes) = switch_on(&page);
    assert_eq!(off("a guess", &code(&secret, 0)).refusal(403)["field"], "password");
    assert_eq!(off(VIEWER_PASSWORD, "123456").refusal(403)["field"], "code");
    sign_in(&dashboard, DOORS[0], None).refusal(401);
    off(VIEWER_PASSWORD, &codes[0]).ok();
    sign_in(&dashboard, DOORS[0], None).ok();
    // Anew with another secret; the old codes for recovery are gone.
    let (again, _) = switch_on(&page);
    assert_ne!(again, secret);
    sign_in(&dashboard, DOORS[0], Some(&codes[1])).refusal(401);
    let users = owner(&dashboard).get("/api/v1/users").ok();
    let vera = users["users"].as_array().unwrap().iter().find(|user| user["name"] == "vera");
    assert_eq!(vera.unwrap()["totp"], Value::Bool(true));
}

#[test]
fn guessing_codes_is_limited_as_guessing_passwords() {
    let home = Home::with_users().set("RATE_LIMIT", "on");
    let dashboard = home.start();
    let page = dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    let (secret, _) = switch_on(&page);
    let statuses: Vec<u16> =
        (0..6).map(|n| sign_in(&dashboard, DOORS[0], Some(&format!("00000{n}"))).status).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    sign_in(&dashboard, DOORS[0], Some(&code(&secret, 0))).refusal(429);
}
