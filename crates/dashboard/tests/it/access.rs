//! Who gets in, and who may do what.

mod credentials;
mod encryption;
mod pages;
mod secrets;
mod sessions;
mod sign_in;

use quaiminer_dashboard::access::Access;
use quaiminer_domain::access::Role;
use serde_json::json;

use crate::support::routes::{Needs, ROUTES, of};
use crate::support::{Client, Home, eventually};

#[test]
fn every_route_has_the_access_that_is_written_down() {
    let mut written: Vec<_> =
        ROUTES.iter().map(|(method, path, needs)| (*path, (*method).to_owned(), *needs)).collect();
    let mut built: Vec<_> = quaiminer_dashboard::api::all()
        .iter()
        .map(|route| {
            let needs = match route.access {
                Access::Public => Needs::Nothing,
                Access::Role(role) | Access::User(role) | Access::Always(role) => match role {
                    Role::Viewer => Needs::Viewer,
                    Role::Technician => Needs::Technician,
                    Role::Owner => Needs::Owner,
                },
            };
            (route.path, route.method.to_string(), needs)
        })
        .collect();
    written.sort();
    built.sort();
    assert_eq!(built, written);
}

/// A door like those for signing in, but closed.
const REGISTER: &str = "/api/auth/register";

/// Calls a route with a body that is as good as empty, and an id that nothing
/// has. Whether it let the caller through; a 404 is for such ids only.
fn lets_through(client: &Client, method: &str, path: &str) -> bool {
    let asked = path.replace("{id}", "999").replace("{chain}", "nowhere");
    let response = match method {
        "POST" => client.post(&asked, &json!({})),
        _ => client.send(method, &asked, None),
    };
    match response.status {
        // Who may, but should say again that it is they, has been let through.
        403 if path == REGISTER => true,
        403 => response.refusal(403).get("confirm").is_some(),
        404 => {
            assert_ne!(asked, path, "{method} {path}: {response:?}");
            true
        }
        status => {
            assert!(!matches!(status, 401 | 405), "{method} {path}: {response:?}");
            true
        }
    }
}

#[test]
fn strangers_are_refused_everywhere_but_at_the_door() {
    let home = Home::with_users();
    let dashboard = home.start();
    let stranger = dashboard.anonymous();
    for (method, path, needs) in ROUTES {
        let response = stranger.send(method, path, None);
        if *needs == Needs::Nothing {
            if *path == REGISTER {
                assert_eq!(response.refusal(403)["error"], "Registration is closed");
                continue;
            }
            assert!(!matches!(response.status, 401 | 403 | 404), "{method} {path}: {response:?}");
            continue;
        }
        let refusal = response.refusal(401);
        assert_eq!(
            refusal,
            json!({ "error": "Unauthorized", "message": "Authentication required" }),
            "{method} {path}"
        );
    }
    // Not even which addresses there are is told.
    for (method, path) in [("GET", "/api/nothing"), ("PUT", "/api/stats"), ("GET", "/api")] {
        stranger.send(method, path, None).refusal(401);
    }
    for path in ["/", "/ws", "/any/path", "/api/v1/stream"] {
        assert_eq!(stranger.try_socket(path).err(), Some(401), "{path}");
    }
    let health = stranger.get("/api/health").ok();
    let names: Vec<_> = health.as_object().unwrap().keys().collect();
    assert_eq!(names, ["status", "timestamp", "uptime"]);
}

#[test]
fn viewers_look_technicians_touch_owners_do_all() {
    let home = Home::with_users();
    let dashboard = home.start();
    let connection = home.sqlite();
    connection
        .execute_batch(
            "INSERT INTO users (username, password_hash, api_key) VALUES ('tim', '', 'key of tim');
             INSERT INTO qm_roles SELECT id, 'technician' FROM users WHERE username = 'tim';
             INSERT INTO users (username, password_hash, api_key) VALUES ('eve', '', 'key of eve');
             INSERT INTO qm_roles SELECT id, 'emperor' FROM users WHERE username = 'eve';",
        )
        .unwrap();
    let with_key = |key: &str| dashboard.anonymous().with("X-API-Key", key);
    let callers = [
        ("viewer", dashboard.viewer(), Needs::Viewer),
        ("technician", with_key("key of tim"), Needs::Technician),
        ("owner", dashboard.owner(), Needs::Owner),
        // A role that this version does not know allows nothing but looking.
        ("viewer", with_key("key of eve"), Needs::Viewer),
    ];
    for (role, client, rank) in callers {
        assert_eq!(client.get("/api/v1/session").ok()["user"]["role"], role);
        for (method, path, needs) in ROUTES {
            let through = lets_through(&client, method, path);
            assert_eq!(through, *needs <= rank, "{role} {method} {path}");
        }
    }
    let refusal = dashboard.viewer().post("/api/miner/stop", &json!({})).refusal(403);
    assert!(refusal["message"].as_str().unwrap().contains("technician"), "{refusal}");
}

/// Nothing that a browser can be made to fetch has an effect.
#[test]
fn reading_changes_nothing() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    dashboard.owner().post("/api/miner/start", &json!({})).ok();
    dashboard.owner().post("/api/blocks/validated", &json!({ "blockNumber": 5 })).ok();
    eventually("the miner runs", || {
        (dashboard.snapshot()["control"]["instances"][0]["phase"] == "running").then_some(())
    });
    let before = (dump(&home), home.miners());
    let writes: Vec<_> = of("POST").chain(of("DELETE")).collect();
    for client in [dashboard.owner(), dashboard.viewer(), dashboard.anonymous()] {
        for path in of("GET").chain(writes.iter().copied()).chain(["/", "/first-run", "/sign-out"])
        {
            for query in ["", "?gpu_index=0&action=stop&blockNumber=9&token=x&password=1234567890"]
            {
                for method in ["GET", "HEAD", "OPTIONS"] {
                    client.send(method, &format!("{path}{query}"), None);
                }
            }
        }
    }
    assert_eq!((dump(&home), home.miners()), before);
}

/// All that is in the database but what is measured and when it was written.
fn dump(home: &Home) -> Vec<String> {
    let connection = home.sqlite();
    let mut tables = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN
                ('qm_samples', 'qm_miners', 'qm_state', 'mining_stats', 'sqlite_sequence')",
        )
        .unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut rows = Vec::new();
    for table in tables {
        let mut select = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let mut found = select.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|column| row.get_ref(column).unwrap()).collect();
            rows.push(format!("{table} {values:?}"));
        }
    }
    assert!(rows.iter().any(|row| row.starts_with("qm_events")), "{rows:?}");
    rows
}
