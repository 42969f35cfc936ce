//! Signing in with a password, and guessing one.

use serde_json::{Value, json};

use crate::support::http::Response;
use crate::support::node_server::{OWNER_PASSWORD, VIEWER_PASSWORD};
use crate::support::{Client, Home};

fn sign_in(client: &Client, path: &str, name: &str, password: &str) -> Response {
    client.post(path, &json!({ "username": name, "password": password }))
}

const DOORS: [&str; 2] = ["/api/v1/session", "/api/auth/login"];

#[test]
fn a_wrong_name_and_a_wrong_password_are_told_apart_by_nothing() {
    let home = Home::with_users();
    let dashboard = home.start();
    for path in DOORS {
        let mut answers: Vec<Value> = Vec::new();
        for (name, password) in [
            ("admin", "not the password"),
            ("nobody", "not the password"),
            ("ADMIN", OWNER_PASSWORD),
            ("admin ", OWNER_PASSWORD),
            ("vera", OWNER_PASSWORD),
            ("admin' OR 1=1 --", "x"),
            ("admin\u{0}", OWNER_PASSWORD),
        ] {
            answers.push(sign_in(&dashboard.anonymous(), path, name, password).refusal(401));
        }
        assert_eq!(answers[0]["error"], "Invalid credentials");
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        for name in ["username", "password"] {
            let mut body = json!({ "username": "admin", "password": OWNER_PASSWORD });
            for wrong in
                [json!(5), json!(["admin"]), json!({}), json!(true), json!(""), json!(null)]
            {
                body[name] = wrong;
                let refusal = dashboard.anonymous().post(path, &body).refusal(400);
                assert_eq!(refusal["field"], name);
            }
        }
    }
    let form = dashboard.anonymous().with("Content-Type", "application/x-www-form-urlencoded");
    let body = b"username=admin&password=the+owner%27s+password";
    form.send("POST", "/api/auth/login", Some(body)).ok();
}

#[test]
fn five_failures_close_the_door_for_a_while() {
    let home = Home::with_users().set("RATE_LIMIT", "on");
    let dashboard = home.start();
    let guesser = dashboard.anonymous();
    for left in (0..5).rev() {
        let refusal = sign_in(&guesser, DOORS[0], "admin", "a guess").refusal(401);
        assert_eq!(refusal["tries_left"], left);
    }
    // Now also with the right password, at both doors and for other names.
    for (path, name, password) in [
        (DOORS[0], "admin", OWNER_PASSWORD),
        (DOORS[1], "admin", OWNER_PASSWORD),
        (DOORS[0], "vera", VIEWER_PASSWORD),
    ] {
        let response = sign_in(&guesser, path, name, password);
        let refusal = response.refusal(429);
        assert!(refusal["message"].as_str().unwrap().contains("Too many authentication attempts"));
        let seconds: u64 = response.header("retry-after").unwrap().parse().unwrap();
        assert!((800..=901).contains(&seconds), "{seconds}");
    }
    // Those who are in stay in.
    assert_eq!(dashboard.owner().get("/api/v1/snapshot").status, 200);
    let failures = dashboard.events().into_iter().filter(|event| event["kind"] == "session.failed");
    assert_eq!(failures.count(), 5);
}

/// Guesses that are made at the same moment count as well.
#[test]
fn a_burst_of_guesses_is_no_way_around() {
    let home = Home::with_users().set("RATE_LIMIT", "on");
    let dashboard = home.start();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..20)
            .map(|n| {
                let dashboard = &dashboard;
                let guess = move || {
                    sign_in(&dashboard.anonymous(), DOORS[n % 2], "admin", "a guess").status
                };
                scope.spawn(guess)
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 15, "{statuses:?}");
}

#[test]
fn a_success_makes_good_for_failures() {
    let home = Home::with_users().set("RATE_LIMIT", "on");
    let dashboard = home.start();
    for _ in 0..2 {
        for _ in 0..4 {
            sign_in(&dashboard.anonymous(), DOORS[0], "vera", "a guess").refusal(401);
        }
        sign_in(&dashboard.anonymous(), DOORS[0], "vera", VIEWER_PASSWORD).ok();
    }
}

/// Behind a proxy each client has tries of its own, and nobody can pretend.
#[test]
fn forwarded_addresses_count_only_from_a_trusted_proxy() {
    let trusting = Home::with_users().set("RATE_LIMIT", "on").set("TRUSTED_PROXIES", "127.0.0.1");
    let wary = Home::with_users().set("RATE_LIMIT", "on");
    for (home, last) in [(trusting, 401), (wary, 429)] {
        let dashboard = home.start();
        let mut statuses = Vec::new();
        for n in 1..=6 {
            let client = dashboard.anonymous().with("X-Forwarded-For", &format!("192.168.1.{n}"));
            statuses.push(sign_in(&client, DOORS[1], &format!("user{n}"), "a guess").status);
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, last]);
    }
}

#[test]
fn nobody_signs_in_over_the_internet_in_clear() {
    let home = Home::with_users().set("TRUSTED_PROXIES", "127.0.0.1");
    let dashboard = home.start();
    let far = dashboard.anonymous().with("X-Forwarded-For", "8.8.8.8");
    for path in DOORS {
        let refusal = sign_in(&far, path, "admin", OWNER_PASSWORD).refusal(403);
        assert!(refusal["message"].as_str().unwrap().contains("TLS_CERT"));
        let encrypted = far.clone().with("X-Forwarded-Proto", "https");
        sign_in(&encrypted, path, "admin", OWNER_PASSWORD).ok();
    }
}
