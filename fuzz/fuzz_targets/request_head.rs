//! The parts of a request's head that are read before anybody is known: one
//! line of the input for each.
#![no_main]

use std::net::IpAddr;

use hyper::Uri;
use hyper::header::{COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use libfuzzer_sys::fuzz_target;
use quaiminer_dashboard::access::sessions;
use quaiminer_dashboard::api::query::Query;
use quaiminer_dashboard::http::addresses;
use quaiminer_dashboard::http::hosts::{HostPolicy, Origin};

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in [HOST, HOST, ORIGIN, COOKIE, FORWARDED, FORWARDED] {
        if let Some(Ok(value)) = lines.next().map(HeaderValue::from_bytes) {
            headers.append(name, value);
        }
    }
    let uri = lines.next().and_then(|line| Uri::try_from(line).ok()).unwrap_or_default();

    let policy = HostPolicy::new(Some("rig01"), &["rig.example".to_owned()], &[]);
    if let Ok(authority) = policy.check(&uri, &headers) {
        assert!(is_known(authority), "{authority:?}");
        if headers.contains_key(ORIGIN) && policy.origin(authority, &headers) == Origin::Own {
            let origin: Uri = text(&headers, ORIGIN).parse().expect("an address");
            let called = origin.authority().expect("a name");
            assert!(called.as_str().eq_ignore_ascii_case(authority));
        }
    }

    let cookies = text(&headers, COOKIE);
    if let Some(token) = sessions::in_cookies(cookies) {
        assert!(cookies.contains(&format!("qm_session={token}")) && !token.contains(';'));
    }

    let proxies = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
    let client = addresses::client(proxies[0], &headers, &proxies);
    assert_eq!(client, client.to_canonical());
    let stranger = IpAddr::from([10, 0, 0, 3]);
    assert_eq!(addresses::client(stranger, &headers, &proxies), stranger);
    // What the proxy saw counts, whatever stands before it.
    headers.append(FORWARDED, HeaderValue::from_static("10.0.0.3"));
    assert_eq!(addresses::client(proxies[0], &headers, &proxies), stranger);

    let query = Query::parse(uri.query().unwrap_or_default());
    for number in
        [query.number("limit", 5, 100), query.optional("limit", 100).map(|n| n.unwrap_or(5))]
    {
        match number {
            Ok(number) => assert!(number <= 100),
            Err(error) => assert_eq!(error.field.as_deref(), Some("limit")),
        }
    }
    if let Ok(Some(at_ms)) = query.time_ms("from") {
        assert!(at_ms >= 0);
    }
});

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// An address, or one of our names, whatever the port.
fn is_known(authority: &str) -> bool {
    let lower = authority.to_ascii_lowercase();
    let host = match lower.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &lower,
    };
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = host.strip_suffix('.').unwrap_or(host);
    literal.parse::<IpAddr>().is_ok()
        || ["localhost", "rig01", "rig01.local", "rig.example"].contains(&name)
        || name.ends_with(".localhost") && !name.contains(['/', '\\', '@', '#', '?', ' ', ','])
}
