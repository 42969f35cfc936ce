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
    let mut client = peer.to_canonical();
    if !proxies.contains(&client) {
        return client;
    }
    let fields = headers.get_all("x-forwarded-for").iter().rev();
    let mut hops = fields.flat_map(|field| field.as_bytes().rsplit(|byte| *byte == b','));
    while proxies.contains(&client) {
        // Each proxy writes behind what it was told. Where the last entry is
        // no address, those before it are the client's own words.
        match hops.next().and_then(address) {
            Some(hop) => client = hop,
            None => break,
        }
    }
    client
}

fn address(hop: &[u8]) -> Option<IpAddr> {
    let address: IpAddr = str::from_utf8(hop).ok()?.trim().parse().ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests;
