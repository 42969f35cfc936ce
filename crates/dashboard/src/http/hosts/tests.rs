use hyper::header::ORIGIN;
use proptest::prelude::*;

use super::*;

fn policy() -> HostPolicy {
    let origins = ["http://localhost:3000".to_owned()];
    HostPolicy::new(Some("Rig01"), &["rig.example".to_owned()], &origins)
}

#[test]
fn hosts() {
    let check = |host: &str, ok: bool| assert_eq!(policy().is_ours(host), ok, "{host}");
    for ours in [
        "localhost",
        "localhost:3000",
        "LOCALHOST",
        "a.localhost",
        "127.0.0.1:3000",
        "192.168.1.20",
        "[::1]:3000",
        "[fe80::1]",
        "rig01",
        "RIG01:3000",
        "rig01.local",
        "rig.example:80",
        "localhost.",
    ] {
        check(ours, true);
    }
    for strange in [
        "",
        ":3000",
        "evil.example",
        "rig01.evil.example",
        "localhost.evil.example",
        "rig",
        "127.0.0.1.evil.example",
        "localhost:80:80",
        "evil@localhost",
        "localhost:x",
    ] {
        check(strange, false);
    }
}

#[test]
fn origins() {
    let origin = |name: &'static str, value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        policy().origin("192.168.1.20:3000", &Head::of(&headers))
    };
    assert_eq!(policy().origin("rig01", &Head::of(&HeaderMap::new())), Origin::Own);
    assert_eq!(origin("origin", "http://192.168.1.20:3000"), Origin::Own);
    assert_eq!(origin("origin", "http://localhost:3000"), Origin::Allowed);
    assert_eq!(origin("origin", "http://192.168.1.20"), Origin::Foreign);
    assert_eq!(origin("origin", "http://evil.example"), Origin::Foreign);
    assert_eq!(origin("origin", "null"), Origin::Foreign);
    assert_eq!(origin("sec-fetch-site", "same-origin"), Origin::Own);
    assert_eq!(origin("sec-fetch-site", "none"), Origin::Own);
    assert_eq!(origin("sec-fetch-site", "cross-site"), Origin::Foreign);
    assert_eq!(origin("sec-fetch-site", "same-site"), Origin::Foreign);
}

/// Names that are ours, as a browser writes them.
const OURS: [&str; 9] = [
    "localhost",
    "rig01",
    "rig01.local",
    "rig.example",
    "a.b.localhost",
    "192.168.1.20",
    "127.0.0.1",
    "[::1]",
    "[fe80::1]",
];

/// What others than us would say of an authority.
fn is_known(authority: &str) -> bool {
    let Ok(parsed) = authority.parse::<Authority>() else { return false };
    let host = parsed.host().to_lowercase();
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let name = host.strip_suffix('.').unwrap_or(&host);
    !authority.contains('@')
        && (host.parse::<Ipv4Addr>().is_ok()
            || literal.is_some_and(|literal| literal.parse::<Ipv6Addr>().is_ok())
            || ["localhost", "rig01", "rig01.local", "rig.example"].contains(&name)
            || name.ends_with(".localhost"))
}

fn ours() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&OURS[..])
}

fn mixed_case(name: &str, upper: &[bool]) -> String {
    let upper = upper.iter().copied().chain(std::iter::repeat(false));
    name.chars()
        .zip(upper)
        .map(|(c, upper)| if upper { c.to_ascii_uppercase() } else { c })
        .collect()
}

fn called(fields: &[&[u8]]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(HOST, HeaderValue::from_bytes(field).ok()?);
    }
    policy().check(&Uri::from_static("/"), &headers).ok().map(str::to_owned)
}

proptest! {
    #[test]
    fn ours_in_any_case_and_at_any_port(
        name in ours(),
        upper in prop::collection::vec(any::<bool>(), 20),
        port in prop::option::of(any::<u16>()),
    ) {
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let authority = mixed_case(name, &upper) + &port;
        prop_assert_eq!(called(&[authority.as_bytes()]), Some(authority));
    }

    /// What an attacker can register or make a browser send.
    #[test]
    fn what_only_begins_or_ends_like_ours(
        name in ours(),
        label in "[a-z0-9-]{1,10}",
        way in 0..14,
        port in prop::option::of(any::<u16>()),
    ) {
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let authority = match way {
            0 => format!("{name}.{label}.example{port}"),
            1 => format!("{name}.{label}x{port}"),
            2 => format!("{label}@{name}{port}"),
            3 => format!("{name}{port}@{label}.example"),
            4 => format!("{name}:{port}:{label}"),
            5 => format!("{name}{port}/{label}"),
            6 => format!("{label}.example/.localhost{port}"),
            7 => format!("{label}.example#.localhost{port}"),
            8 => format!("{label}.example\\.localhost{port}"),
            9 => format!("{label}.example,{name}{port}"),
            10 => format!("{label}.example {name}{port}"),
            11 => format!("{name}..{port}"),
            12 => format!("{name}%00{port}"),
            _ => format!("[{name}]{port}"),
        };
        prop_assert_eq!(called(&[authority.as_bytes()]), None, "{}", authority);
    }

    #[test]
    fn one_character_more_or_another_one(
        name in ours(),
        at in any::<prop::sample::Index>(),
        strange in any::<char>(),
        replaces in any::<bool>(),
    ) {
        let mut characters: Vec<char> = name.chars().collect();
        let at = at.index(characters.len());
        if replaces { characters[at] = strange } else { characters.insert(at, strange) }
        let authority: String = characters.into_iter().collect();
        if called(&[authority.as_bytes()]).is_some() {
            prop_assert!(is_known(&authority), "{:?}", authority);
        }
    }

    #[test]
    fn pieces_in_any_order(
        pieces in prop::collection::vec(
            prop::sample::select(&[
                "localhost", "rig01", "rig", "example", "evil", "local", "127.0.0.1", "::1", "[",
                "]", ".", ":", "@", "/", "-", "%", "3000", "\\", "#", "?", ",", " ", "\t", "ü",
            ][..]),
            0..7,
        ),
    ) {
        let authority = pieces.concat();
        if called(&[authority.as_bytes()]).is_some() {
            prop_assert!(is_known(&authority), "{:?}", authority);
        }
    }

    #[test]
    fn a_second_name_counts_as_much(name in ours(), other in ours(), bytes in "[^\r\n\0]{0,12}") {
        let both = called(&[name.as_bytes(), bytes.as_bytes()]);
        let alone = called(&[bytes.as_bytes()]);
        prop_assert_eq!(both.is_some(), alone.is_some(), "{:?}", bytes);
        let mut headers = HeaderMap::new();
        if let Ok(field) = HeaderValue::from_bytes(bytes.as_bytes()) {
            headers.append(HOST, field);
            let absolute: Uri = format!("http://{other}/").parse().unwrap();
            prop_assert_eq!(policy().check(&absolute, &headers).is_ok(), alone.is_some());
        }
    }

    /// Our own page has the very address that was called.
    #[test]
    fn our_own_origin_is_the_name_that_was_called(
        scheme in "(http|https|ftp|chrome-extension|data)",
        name in ours(),
        upper in prop::collection::vec(any::<bool>(), 20),
        port in prop::option::of(1..5_u16),
        called_port in prop::option::of(1..5_u16),
        tail in prop::sample::select(&["", ".", "/", ".evil.example", "@evil.example", "?", " "][..]),
    ) {
        let with = |name: &str, port: Option<u16>| {
            port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
        };
        let authority = with(name, called_port);
        let host = with(&mixed_case(name, &upper), port);
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, format!("{scheme}://{host}{tail}").parse().unwrap());
        let same = port == called_port && tail.is_empty();
        let expected = if same && scheme.starts_with("http") { Origin::Own } else { Origin::Foreign };
        prop_assert_eq!(policy().origin(&authority, &Head::of(&headers)), expected);
    }

    #[test]
    fn an_origin_that_says_nothing_is_foreign(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
        let Ok(field) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, field);
        prop_assert_eq!(policy().origin("192.168.1.20:3000", &Head::of(&headers)), Origin::Foreign);
        prop_assert!(check_change(&Method::POST, false, Origin::Foreign).is_err());
    }
}
