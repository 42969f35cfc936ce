//! Web pages from elsewhere that use the browser of somebody who is signed in.

use serde_json::json;

use super::is_well;
use crate::support::routes::ROUTES;
use crate::support::{Dashboard, Home};

const STRANGE_HOSTS: [&str; 7] = [
    "evil.example",
    "rig.evil.example:3000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "admin@127.0.0.1",
    "",
    "127.0.0.1:80:80",
];

#[test]
fn a_strange_name_is_refused_on_every_route_before_all_else() {
    let home = Home::with_users();
    let dashboard = home.start();
    for host in STRANGE_HOSTS {
        let client = dashboard.owner().with("Host", host);
        for (method, path, _) in ROUTES {
            client.send(method, path, None).refusal(421);
        }
        for path in ["/", "/assets/app.js", "/api/nothing"] {
            client.get(path).refusal(421);
        }
        client.send("OPTIONS", "/api/stats", None).refusal(421);
    }
    // The socket of a name that was made to point here.
    for path in ["/", "/ws", "/api/v1/stream"] {
        let upgrade = |host: &str| {
            let client =
                dashboard.owner().with("Host", host).with("Origin", &format!("http://{host}"));
            client.try_socket(path).err()
        };
        assert_eq!(upgrade("evil.example"), Some(421), "{path}");
        assert_eq!(upgrade(&dashboard.address.to_string()), None, "{path}");
    }
    is_well(&dashboard);
}

#[test]
fn names_of_this_machine_are_known() {
    let home = Home::with_users().set("ALLOWED_HOSTS", "rig.example, other.example");
    let dashboard = home.start();
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let name = name.trim();
    for host in [
        "localhost",
        "LOCALHOST:3000",
        "192.168.1.20:3000",
        "[::1]:3000",
        name,
        &format!("{name}.local:3000"),
        "rig.example",
        "Other.Example:8080",
    ] {
        assert_eq!(dashboard.owner().with("Host", host).get("/api/stats").status, 200, "{host}");
    }
}

/// The headers of a request that a page elsewhere causes.
fn foreign(dashboard: &Dashboard) -> Vec<Vec<(&'static str, String)>> {
    let port = dashboard.address.port();
    vec![
        vec![("Origin", "http://evil.example".to_owned())],
        vec![("Origin", "null".to_owned())],
        vec![("Origin", String::new())],
        vec![("Origin", format!("http://127.0.0.1:{}", port ^ 1))],
        vec![("Origin", format!("http://127.0.0.1:{port}.evil.example"))],
        vec![("Sec-Fetch-Site", "cross-site".to_owned())],
        vec![("Sec-Fetch-Site", "same-site".to_owned())],
        vec![
            ("Origin", "http://evil.example".to_owned()),
            ("Sec-Fetch-Site", "same-origin".to_owned()),
        ],
    ]
}

#[test]
fn a_foreign_page_changes_nothing_and_reads_nothing() {
    let home = Home::with_users();
    let dashboard = home.start();
    for headers in foreign(&dashboard) {
        let client = headers
            .iter()
            .fold(dashboard.owner(), |client, (name, value)| client.with(name, value));
        for (method, path, _) in ROUTES {
            if *method == "GET" {
                // It is served, but the browser does not show it to the page.
                let response = client.get(path);
                assert_ne!(response.status, 403, "{path} {headers:?}");
                assert_eq!(response.header("access-control-allow-origin"), None, "{path}");
                assert_eq!(response.header("cross-origin-resource-policy"), Some("same-origin"));
            } else {
                client.send(method, path, Some(b"")).refusal(403);
            }
        }
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            client.send(method, "/api/nothing", None).refusal(403);
        }
        for path in ["/", "/ws", "/api/v1/stream"] {
            assert_eq!(client.try_socket(path).err(), Some(403), "{path} {headers:?}");
        }
        let preflight = client
            .with("Access-Control-Request-Method", "POST")
            .with("Access-Control-Request-Headers", "x-api-key")
            .send("OPTIONS", "/api/miner/stop", None);
        assert_eq!(preflight.status, 200);
        for name in ["access-control-allow-origin", "access-control-allow-headers"] {
            assert_eq!(preflight.header(name), None, "{headers:?}");
        }
    }
    is_well(&dashboard);
}

#[test]
fn our_own_page_and_the_allowed_ones_may() {
    let home =
        Home::with_users().set("ALLOWED_ORIGINS", "http://farm.example,https://b.example:8443");
    let dashboard = home.start();
    let own = format!("http://{}", dashboard.address);
    for (origin, cors) in
        [(own.as_str(), false), ("http://farm.example", true), ("https://b.example:8443", true)]
    {
        let client = dashboard.owner().with("Origin", origin);
        let allowed = cors.then_some(origin);
        let read = client.get("/api/stats");
        assert_eq!(read.header("access-control-allow-origin"), allowed);
        assert_eq!(read.header("access-control-allow-credentials"), Some("true"));
        let write = client.post("/api/miner/stop", &json!({}));
        assert_eq!((write.status, write.header("access-control-allow-origin")), (200, allowed));
        let preflight = client
            .clone()
            .with("Access-Control-Request-Method", "POST")
            .with("Access-Control-Request-Headers", "content-type,x-api-key")
            .send("OPTIONS", "/api/miner/stop", None);
        assert_eq!((preflight.status, preflight.body.len()), (200, 0));
        assert_eq!(preflight.header("access-control-allow-origin"), allowed);
        assert_eq!(
            preflight.header("access-control-allow-headers"),
            Some("content-type,x-api-key")
        );
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            Some("GET,HEAD,PUT,PATCH,POST,DELETE")
        );
        client.socket("/ws");
    }
    // A part of an allowed origin is another one.
    for origin in
        ["http://farm.example:80", "https://farm.example", "http://farm.example.evil.example"]
    {
        let client = dashboard.owner().with("Origin", origin);
        client.post("/api/miner/stop", &json!({})).refusal(403);
    }
}
