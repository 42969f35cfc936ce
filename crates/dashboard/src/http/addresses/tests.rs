use hyper::header::HeaderValue;
use proptest::prelude::*;

use super::*;

#[test]
fn public_addresses() {
    let check = |address: &str, public: bool| {
        assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
    };
    for private in [
        "127.0.0.1",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:192.168.1.1",
    ] {
        check(private, false);
    }
    for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
        check(public, true);
    }
}

#[test]
fn loopback_is_among_the_local_addresses() {
    assert!(reachable_at(Ipv4Addr::UNSPECIFIED.into()).contains(&Ipv4Addr::LOCALHOST.into()));
}

#[test]
fn forwarded_addresses_only_from_trusted_proxies() {
    let mut headers = HeaderMap::new();
    headers.append("x-forwarded-for", "6.6.6.6, 8.8.8.8".parse().unwrap());
    headers.append("x-forwarded-for", "10.0.0.2".parse().unwrap());
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    let proxies = [address("10.0.0.1"), address("10.0.0.2")];
    assert_eq!(client(address("10.0.0.1"), &headers, &proxies), address("8.8.8.8"));
    assert_eq!(client(address("10.0.0.9"), &headers, &proxies), address("10.0.0.9"));
    assert_eq!(client(address("10.0.0.1"), &HeaderMap::new(), &proxies), address("10.0.0.1"));
}

/// Few addresses, so that those of proxies come often.
fn some_address() -> impl Strategy<Value = IpAddr> {
    let v4 = (0..3_u8, 0..6_u8).prop_map(|(c, d)| IpAddr::from([10, 0, c, d]));
    let mapped = v4.clone().prop_map(|address| match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().into(),
        v6 => v6,
    });
    prop_oneof![4 => v4, 1 => mapped, 1 => any::<IpAddr>()]
}

fn hop() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => some_address().prop_map(|address| address.to_string()),
        1 => "(unknown|_hidden|[0-9.]{1,9}|10\\.0\\.0\\.1:80|)",
        1 => "[ -+--~äß]{0,8}",
    ]
}

/// As the field would be on the wire.
fn forwarded(fields: &[Vec<String>]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(
            "x-forwarded-for",
            HeaderValue::from_bytes(field.join(", ").as_bytes()).unwrap(),
        );
    }
    headers
}

proptest! {
    /// Whatever somebody writes of themselves, the address that the proxy saw
    /// counts.
    #[test]
    fn nobody_chooses_their_own_address(
        lies in prop::collection::vec(prop::collection::vec(hop(), 0..4), 0..3),
        seen in some_address(),
        in_the_same_field in any::<bool>(),
    ) {
        let proxy = IpAddr::from([192, 168, 0, 1]);
        let mut fields = lies;
        match fields.last_mut() {
            Some(last) if in_the_same_field => last.push(seen.to_string()),
            _ => fields.push(vec![seen.to_string()]),
        }
        prop_assert_eq!(client(proxy, &forwarded(&fields), &[proxy]), seen.to_canonical());
        // Who is no proxy is not believed at all.
        prop_assert_eq!(client(seen, &forwarded(&fields), &[proxy]), seen.to_canonical());
    }

    /// A proxy that writes what we cannot read has not vouched for what
    /// stands before it.
    #[test]
    fn what_stands_before_nonsense_is_not_believed(
        lies in prop::collection::vec(some_address(), 1..4),
        nonsense in "(unknown|_hidden|10\\.0\\.0\\.1:80|\\[::1\\]|[a-z ü]{0,8})",
        proxies in prop::collection::vec(any::<u8>(), 0..3),
    ) {
        let proxy = IpAddr::from([192, 168, 0, 1]);
        let chain: Vec<IpAddr> = proxies.iter().map(|n| IpAddr::from([172, 16, 0, *n])).collect();
        let trusted: Vec<IpAddr> = chain.iter().copied().chain([proxy]).collect();
        let mut hops: Vec<String> = lies.iter().map(IpAddr::to_string).collect();
        hops.push(nonsense);
        hops.extend(chain.iter().map(IpAddr::to_string));
        let found = client(proxy, &forwarded(&[hops]), &trusted);
        prop_assert!(trusted.contains(&found), "{}", found);
    }

    #[test]
    fn any_field_and_any_proxies(
        peer in some_address(),
        fields in prop::collection::vec(prop::collection::vec(hop(), 0..5), 0..4),
        proxies in prop::collection::vec(some_address(), 0..4),
    ) {
        let proxies: Vec<IpAddr> = proxies.iter().map(IpAddr::to_canonical).collect();
        let found = client(peer, &forwarded(&fields), &proxies);
        prop_assert_eq!(found, found.to_canonical());
        if !proxies.contains(&peer.to_canonical()) {
            prop_assert_eq!(found, peer.to_canonical());
        }
        // How an address is written does not change whose it is.
        prop_assert_eq!(is_public(peer), is_public(peer.to_canonical()));
    }
}
