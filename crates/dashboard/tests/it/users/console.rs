//! `quaiminer-dashboard user …`, for an owner whom nobody lets in.

use serde_json::json;

use super::{bearer, status, token};
use crate::support::node_server::{OWNER_PASSWORD, VIEWER_PASSWORD};
use crate::support::{Dashboard, Home, eventually};

/// Runs it with the settings of the home.
fn user(home: &Home, words: &[&str]) -> (Option<i32>, String) {
    let finished = home.run_with(&[&["user"], words].concat());
    (finished.code, finished.stdout.join("\n") + &finished.stderr.join("\n"))
}

fn generated(said: &str) -> String {
    said.split_once("is now: ").unwrap().1.lines().next().unwrap().to_owned()
}

fn signs_in(dashboard: &Dashboard, name: &str, password: &str) -> u16 {
    let body = json!({ "username": name, "password": password });
    dashboard.anonymous().post("/api/v1/session", &body).status
}

#[test]
fn beside_a_dashboard_that_runs() {
    let home = Home::with_users();
    let dashboard = home.start();
    let page = dashboard.anonymous().signed_in("admin", OWNER_PASSWORD);
    let script = bearer(&dashboard, &token(&page, "admin", OWNER_PASSWORD));
    let mut watching = page.socket("/api/v1/stream");
    watching.json();

    let (code, said) = user(&home, &["list"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("admin") && said.contains("owner") && said.contains("vera"), "{said}");

    let (code, said) = user(&home, &["reset-password", "admin", "--generate"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(signs_in(&dashboard, "admin", &generated(&said)), 200);
    assert_eq!(signs_in(&dashboard, "admin", OWNER_PASSWORD), 401);
    // Those who were in are out as soon as they are looked at again.
    eventually("the page is out", || (status(&page) == 401).then_some(()));
    eventually("the token is out", || (status(&script) == 401).then_some(()));

    assert_eq!(user(&home, &["set-role", "vera", "technician"]).0, Some(0));
    eventually("vera may start the miner", || {
        let session = dashboard.viewer().get("/api/v1/session").ok();
        (session["user"]["role"] == "technician").then_some(())
    });
    let (code, said) = user(&home, &["set-role", "admin", "viewer"]);
    assert!(code == Some(1) && said.contains("only owner"), "{said}");
    // The dashboard has noticed nothing else.
    dashboard.owner().post("/api/blocks/validated", &json!({ "blockNumber": 1 })).ok();
    assert_eq!(dashboard.stop().code, Some(0));
}

#[test]
fn without_one_and_on_a_database_that_only_node_has_used() {
    let home = Home::with_users();
    let (code, said) = user(&home, &["reset-password", "admin", "--generate"]);
    assert_eq!(code, Some(0), "{said}");
    let dashboard = home.start();
    assert_eq!(signs_in(&dashboard, "admin", &generated(&said)), 200);
    assert_eq!(signs_in(&dashboard, "vera", VIEWER_PASSWORD), 200);
}

#[test]
fn codes_of_a_lost_telephone() {
    let home = Home::with_users();
    let dashboard = home.start();
    assert!(user(&home, &["disable-totp", "vera"]).1.contains("no codes"));
    home.sqlite().execute("INSERT INTO qm_totp VALUES (2, X'01', 1, 0)", []).unwrap();
    assert_eq!(signs_in(&dashboard, "vera", VIEWER_PASSWORD), 401);
    let (code, said) = user(&home, &["disable-totp", "vera"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(signs_in(&dashboard, "vera", VIEWER_PASSWORD), 200);
}

#[test]
fn what_cannot_be_done_is_said() {
    let empty = Home::new();
    let (code, said) = user(&empty, &["list"]);
    assert!(code == Some(1) && said.contains("DATA_DIR"), "{said}");
    assert!(!empty.path("data/quaiminer.db").exists());
    let home = Home::with_users();
    for (words, expected) in [
        (&["reset-password", "nobody", "--generate"][..], "no user called nobody"),
        (&["set-role", "nobody", "owner"], "no user called nobody"),
        (&["disable-totp", "nobody"], "no user called nobody"),
        (&["set-role", "vera", "emperor"], "owner, technician or viewer"),
        (&["reset-password", "admin"], "use --generate"),
        (&["promote", "vera"], "list, reset-password, set-role or disable-totp"),
    ] {
        let (code, said) = user(&home, words);
        assert!(code == Some(1) && said.contains(expected), "{words:?} {said}");
    }
}

#[test]
fn a_password_is_typed_twice_and_not_shown() {
    let home = Home::with_users();
    let typed = |first: &str, second: &str| {
        home.run_on_terminal(&["user", "reset-password", "admin"], &[first, second])
    };
    let (code, shown) = typed("typed by hand", "typed by hamd");
    assert!(code == Some(1) && shown.contains("not the same"), "{shown}");
    let (code, shown) = typed("short", "");
    assert!(code == Some(1) && shown.contains("at least 10"), "{shown}");
    let (code, shown) = typed("typed by hand", "typed by hand");
    assert!(code == Some(0) && !shown.contains("by hand"), "{shown}");
    let dashboard = home.start();
    assert_eq!(signs_in(&dashboard, "admin", "typed by hand"), 200);
}

#[test]
fn where_nobody_has_ever_signed_in_the_way_is_shown() {
    let home = Home::with_users();
    let line = "quaiminer-dashboard user reset-password admin";
    let dashboard = home.start();
    eventually("the line", || {
        dashboard.stdout().iter().any(|said| said.contains(line)).then_some(())
    });
    dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    dashboard.stop();
    let again = home.start();
    assert!(!again.stdout().iter().any(|said| said.contains(line)));
}
