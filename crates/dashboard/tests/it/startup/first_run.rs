//! The way in of the very first user.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::{Client, Dashboard, Home, eventually};

/// The token in the link on the console.
fn token(dashboard: &Dashboard) -> String {
    eventually("the link", || {
        let lines = dashboard.stdout();
        lines.iter().find_map(|line| line.split_once("/first-run#")).map(|(_, token)| token.into())
    })
}

fn set_password(client: &Client, token: &str, password: &str) -> crate::support::http::Response {
    client.post("/api/v1/first-run", &json!({ "token": token, "password": password }))
}

#[test]
fn the_link_works_once() {
    let home = Home::new();
    let dashboard = home.start();
    let token = token(&dashboard);
    let mode = std::fs::metadata(home.path("data/first-run-link")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let anybody = dashboard.anonymous();
    assert_eq!(anybody.get("/api/v1/session").ok()["first_run"], true);
    let page = anybody.with("Accept", "text/html").get("/first-run");
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    let anybody = dashboard.anonymous();

    let guess = set_password(&anybody, "AAAAAAAAAAAAAAAAAAAAAA", "long enough now");
    assert!(guess.refusal(403)["message"].as_str().unwrap().contains("Restart"));
    let short = set_password(&anybody, &token, "123456789").refusal(400);
    assert_eq!(short["field"], "password");
    let long = set_password(&anybody, &token, &"x".repeat(73)).refusal(400);
    assert_eq!(long["field"], "password");

    let response = set_password(&anybody, &token, "long enough now");
    let session = response.ok();
    assert_eq!(session["signed_in"], true);
    assert_eq!(session["user"], json!({ "name": "admin", "role": "owner" }));
    assert_eq!(session["first_run"], false);
    let cookie = response.header("set-cookie").unwrap().split(';').next().unwrap();
    let owner = dashboard.anonymous().with("Cookie", cookie);
    assert_eq!(owner.get("/api/v1/snapshot").status, 200);

    set_password(&anybody, &token, "another password").refusal(403);
    assert!(!home.path("data/first-run-link").exists());
    anybody.signed_in("admin", "long enough now");
    dashboard.stop();

    let again = home.start();
    eventually("who can sign in", || {
        again.stdout().iter().any(|line| line.contains("Can sign in: admin (owner)")).then_some(())
    });
    assert!(!again.stdout().iter().any(|line| line.contains("first-run#")));
    set_password(&again.anonymous(), &token, "another password").refusal(403);
}

#[test]
fn the_link_lasts_over_a_restart() {
    let home = Home::new();
    let dashboard = home.start();
    let first = token(&dashboard);
    dashboard.kill();
    assert_eq!(token(&home.start()), first);
}

#[test]
fn a_given_password_needs_no_link() {
    let home = Home::new().set("ADMIN_PASSWORD", "given by the environment");
    let dashboard = home.start();
    assert_eq!(dashboard.anonymous().get("/api/v1/session").ok()["first_run"], false);
    dashboard.anonymous().signed_in("admin", "given by the environment");
    assert!(!dashboard.stdout().iter().any(|line| line.contains("first-run#")));
    dashboard.stop();
    // It is read only while there is no such user.
    let home = home.set("ADMIN_PASSWORD", "another one");
    let dashboard = home.start();
    dashboard.anonymous().signed_in("admin", "given by the environment");
}

#[test]
fn a_restart_signs_nobody_out() {
    let home = Home::new().set("ADMIN_PASSWORD", "given by the environment");
    let dashboard = home.start();
    let body = json!({ "username": "admin", "password": "given by the environment" });
    let jwt = dashboard.anonymous().post("/api/auth/login", &body).ok()["token"].clone();
    let session = dashboard.anonymous().signed_in("admin", "given by the environment");
    let cookie = format!("qm_session={}", session.session_token());
    dashboard.kill();
    let dashboard = home.start();
    let bearer = format!("Bearer {}", jwt.as_str().unwrap());
    for client in [
        dashboard.anonymous().with("Authorization", &bearer),
        dashboard.anonymous().with("Cookie", &cookie),
    ] {
        assert_eq!(client.get("/api/v1/session").ok()["signed_in"], true);
    }
    let mode = std::fs::metadata(home.path("data/jwt-secret")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Two who open it at the same moment do not both become the owner.
#[test]
fn the_link_makes_one_owner() {
    let home = Home::new();
    let dashboard = home.start();
    let token = token(&dashboard);
    let statuses: Vec<(u16, String)> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6)
            .map(|n| {
                let (dashboard, token) = (&dashboard, &token);
                scope.spawn(move || {
                    let password = format!("the password of number {n}");
                    (set_password(&dashboard.anonymous(), token, &password).status, password)
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) =
        statuses.into_iter().partition(|(status, _)| *status == 200);
    let [(_, password)] = won.as_slice() else { panic!("{won:?}") };
    dashboard.anonymous().signed_in("admin", password);
    for (status, _) in lost {
        assert_eq!(status, 403);
    }
}

#[test]
fn guessing_the_link_is_counted_and_a_weak_password_is_no_guess() {
    let home = Home::new().set("RATE_LIMIT", "on");
    let dashboard = home.start();
    let token = token(&dashboard);
    let anybody = dashboard.anonymous();
    for _ in 0..8 {
        set_password(&anybody, &token, "short").refusal(400);
    }
    for _ in 0..5 {
        set_password(&anybody, "AAAAAAAAAAAAAAAAAAAAAA", "long enough now").refusal(403);
    }
    set_password(&anybody, &token, "long enough now").refusal(429);
}
