//! Requests that nobody thought of, against the running program.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::is_well;
use crate::support::Home;
use crate::support::http::{Response, Wire};
use crate::support::routes::{Needs, ROUTES};

/// Some seconds' worth: each case is a connection of its own.
const CASES: u32 = 600;

fn check<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(strategy, test).unwrap();
}

/// A path as somebody writes it who hopes that it is compared in one way and
/// understood in another.
fn disguised(needs: &[Needs]) -> impl Strategy<Value = (&'static str, String)> + use<> {
    let routes: Vec<_> = ROUTES.iter().filter(|route| needs.contains(&route.2)).collect();
    let edit = (any::<prop::sample::Index>(), 0..4_u8, any::<prop::sample::Index>());
    let edits = prop::collection::vec(edit, 0..4);
    (prop::sample::select(routes), edits, any::<bool>()).prop_map(|(route, edits, slash)| {
        let mut path = route.1.to_owned();
        for (at, way, which) in edits {
            const EXTRA: [&str; 14] = [
                "/", "/./", "/../", "//", ";", "%2f", "%00", "%2e%2e/", ".", "\\", "?", "#", "+",
                "%",
            ];
            // All of it is ASCII.
            let at = at.index(path.len());
            let original = path.as_bytes()[at];
            match way {
                0 => path.insert_str(at, EXTRA[which.index(EXTRA.len())]),
                1 => path.replace_range(at..=at, &format!("%{original:02x}")),
                2 => path.replace_range(at..=at, &format!("%{original:02X}")),
                _ => path[at..=at].make_ascii_uppercase(),
            }
        }
        if slash {
            path.push('/');
        }
        (route.0, path)
    })
}

fn is_sign_in_page(response: &Response) -> bool {
    let html = response.header("content-type") == Some("text/html; charset=utf-8");
    html && response.text().contains("\"signed_in\":false")
}

#[test]
fn no_way_to_write_an_address_leads_around_the_sign_in() {
    let home = Home::with_users();
    let dashboard = home.start();
    check(&disguised(&[Needs::Viewer, Needs::Technician, Needs::Owner]), |(method, path)| {
        let response = dashboard.anonymous().send(method, &path, None);
        let refused = matches!(response.status, 400 | 401 | 404 | 405);
        prop_assert!(refused || is_sign_in_page(&response), "{} {}: {:?}", method, path, response);
        Ok(())
    });
    is_well(&dashboard);
}

#[test]
fn no_way_to_write_an_address_makes_a_viewer_more() {
    let home = Home::with_users();
    let dashboard = home.start();
    check(&disguised(&[Needs::Technician, Needs::Owner]), |(method, path)| {
        let response = dashboard.viewer().send(method, &path, None);
        let refused = matches!(response.status, 400 | 403 | 404 | 405);
        // What is no address of the API shows the page that they may see anyway.
        let page = response.header("content-type") == Some("text/html; charset=utf-8");
        prop_assert!(refused || page, "{} {}: {:?}", method, path, response.status);
        Ok(())
    });
    is_well(&dashboard);
}

/// Headers that are read somewhere.
const HEADERS: &[&str] = &[
    "Host",
    "Origin",
    "Sec-Fetch-Site",
    "Cookie",
    "Authorization",
    "X-API-Key",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Request-ID",
    "Content-Type",
    "Content-Encoding",
    "Accept",
    "Accept-Encoding",
    "If-None-Match",
    "User-Agent",
    "Access-Control-Request-Headers",
    "Upgrade",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
];

fn field() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let byte = prop_oneof![8 => 0x20..0x7f_u8, 1 => 0x80..=0xff_u8, 1 => Just(b'\t')];
    let value = prop_oneof![
        2 => prop::collection::vec(byte, 0..60),
        1 => "(qm_session=|Bearer |Basic |https?://|websocket|text/html|gzip|13|, |;|=|\"|\\.)*"
            .prop_map(String::into_bytes),
    ];
    (prop::sample::select(HEADERS), value)
}

#[test]
fn any_values_in_the_headers_and_any_body() {
    // So that forwarded addresses are read too.
    let home = Home::with_users().set("TRUSTED_PROXIES", "127.0.0.1");
    let dashboard = home.start();
    let body = prop_oneof![
        any::<Vec<u8>>(),
        "(\\{\"(a|limit|token|username|gpu_index)\":([0-9]{1,30}|null|\"[a-z]{0,9}\")\\}|\\[|&|=){0,3}"
            .prop_map(String::into_bytes),
    ];
    let route = prop::sample::select(ROUTES);
    let request = (route, "[ -~]{0,20}", prop::collection::vec(field(), 0..6), body);
    check(&request, |((method, path, _), query, fields, body)| {
        let query = query.replace([' ', '#'], "+");
        let mut bytes = format!("{method} {path}?{query} HTTP/1.1\r\n").into_bytes();
        if !fields.iter().any(|(name, _)| *name == "Host") {
            bytes.extend(format!("Host: {}\r\n", dashboard.address).bytes());
        }
        for (name, value) in &fields {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
        bytes.extend(&body);
        let mut wire = Wire::open(dashboard.address);
        wire.write(&bytes);
        let response = wire.response();
        // Nobody has signed in, and nothing is wrong with us.
        let fine = matches!(response.status, 200 | 400..=499);
        prop_assert!(fine, "{:?}: {:?}", String::from_utf8_lossy(&bytes), response);
        Ok(())
    });
    is_well(&dashboard);
}
