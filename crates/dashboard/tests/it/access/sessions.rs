//! The cookie, from signing in to signing out.

use serde_json::json;

use crate::support::{Home, node_server};

#[test]
fn the_cookie_is_for_this_site_and_no_script() {
    let home = Home::with_users();
    let dashboard = home.start();
    let body = json!({ "username": "admin", "password": node_server::OWNER_PASSWORD });
    let response = dashboard.anonymous().post("/api/v1/session", &body);
    assert_eq!(response.ok()["user"], json!({ "name": "admin", "role": "owner" }));
    let cookie = response.header("set-cookie").unwrap();
    let mut parts = cookie.split("; ");
    let (name, token) = parts.next().unwrap().split_once('=').unwrap();
    assert_eq!(name, "qm_session");
    // 256 bits in base64.
    assert_eq!(token.len(), 43, "{token}");
    let attributes: Vec<_> = parts.collect();
    assert_eq!(attributes, ["Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Strict"]);
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

#[test]
fn behind_a_proxy_that_encrypts_the_cookie_is_secure() {
    let home = Home::with_users().set("TRUSTED_PROXIES", "127.0.0.1");
    let dashboard = home.start();
    let body = json!({ "username": "admin", "password": node_server::OWNER_PASSWORD });
    let proxy = dashboard.anonymous().with("X-Forwarded-For", "192.168.1.7");
    let response = proxy.with("X-Forwarded-Proto", "https").post("/api/v1/session", &body);
    assert!(response.header("set-cookie").unwrap().ends_with("; Secure"));
    assert!(response.header("strict-transport-security").is_some());
}

#[test]
fn signing_out_ends_this_session_at_once_and_no_other() {
    let home = Home::with_users();
    let dashboard = home.start();
    let sign_in = || dashboard.anonymous().signed_in("admin", node_server::OWNER_PASSWORD);
    let (desk, phone) = (sign_in(), sign_in());
    assert_ne!(desk.session_token(), phone.session_token());
    let mut watching: Vec<_> =
        ["/", "/ws", "/api/v1/stream"].iter().map(|path| desk.socket(path)).collect();
    let mut elsewhere = phone.socket("/api/v1/stream");
    for socket in &mut watching {
        socket.json();
    }

    let response = desk.send("DELETE", "/api/v1/session", None);
    assert_eq!(response.ok()["signed_in"], false);
    let cookie = response.header("set-cookie").unwrap();
    assert!(cookie.starts_with("qm_session=; ") && cookie.contains("Max-Age=0"), "{cookie}");

    desk.get("/api/v1/snapshot").refusal(401);
    assert_eq!(desk.try_socket("/api/v1/stream").err(), Some(401));
    for socket in &mut watching {
        assert_eq!(socket.close_code(), Some(1008));
    }
    assert_eq!(phone.get("/api/v1/snapshot").status, 200);
    elsewhere.find(|message| message["event"]["kind"] == "session.sign_out");
}

#[test]
fn a_session_ends_with_its_user() {
    let home = Home::with_users();
    let dashboard = home.start();
    let viewer = dashboard.anonymous().signed_in("vera", node_server::VIEWER_PASSWORD);
    home.sqlite().execute("DELETE FROM users WHERE username = 'vera'", []).unwrap();
    // Who somebody is may be remembered for a few seconds.
    crate::support::eventually("the refusal", || {
        (viewer.get("/api/v1/snapshot").status == 401).then_some(())
    });
}
