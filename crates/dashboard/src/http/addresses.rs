//! The addresses of this machine and of its clients.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::header::HeaderMap;

/// Whether an address can be reached from the internet.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            // RFC 6598: addresses behind a provider's NAT.
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || shared)
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    }
}

/// All addresses on which a socket bound to `host` can be reached.
pub fn reachable_at(host: IpAddr) -> Vec<IpAddr> {
    match host {
        IpAddr::V4(v4) if v4.is_unspecified() => local_v4(),
        IpAddr::V6(v6) if v6.is_unspecified() => local_v4().into_iter().chain(local_v6()).collect(),
        host => vec![host],
    }
}

/// From the kernel's routing table: the lines before `/32 host LOCAL`.
fn local_v4() -> Vec<IpAddr> {
    let table = std::fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let mut found: Vec<IpAddr> = Vec::new();
    let mut candidate = None;
    for line in table.lines() {
        if let Some(address) = line.trim_start().strip_prefix("|-- ") {
            candidate = address.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
        } else if line.trim() == "/32 host LOCAL"
            && let Some(address) = candidate
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

fn local_v6() -> Vec<IpAddr> {
    let table = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let addresses = table.lines().filter_map(|line| line.split(' ').next());
    addresses
        .filter_map(|hex| u128::from_str_radix(hex, 16).ok())
        .map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)))
        .collect()
}

/// Who is asking: the other end of the connection, or, where that is a
/// trusted proxy, the nearest address it reports that is not one itself.
pub fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.contains(&peer) {
        return peer;
    }
    let fields = headers.get_all("x-forwarded-for");
    let hops: Vec<IpAddr> = fields
        .iter()
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .filter_map(|hop| hop.trim().parse::<IpAddr>().ok())
        .collect();
    hops.into_iter().rev().find(|hop| !proxies.contains(hop)).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
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
}
