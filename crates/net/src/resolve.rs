//! Names become addresses without the C library.
//!
//! A static glibc that calls `getaddrinfo` loads the name service modules of
//! the system it runs on, built for another glibc, and dies. So the hosts
//! file and `resolv.conf` are read here. Names that only mDNS knows
//! (`rig.local`) are not found this way; an address works always.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hickory_resolver::TokioResolver;
use tokio::sync::OnceCell;

use crate::NetError;

/// Built on first use: most rigs talk to loopback only and never need it.
static RESOLVER: OnceCell<TokioResolver> = OnceCell::const_new();

/// All addresses of a host, which may be an address itself.
pub async fn resolve(host: &str) -> Result<Vec<IpAddr>, NetError> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![address]);
    }
    let lower = host.to_ascii_lowercase();
    // RFC 6761 §6.3: localhost is loopback, without asking anybody.
    if lower == "localhost" || lower.ends_with(".localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let resolver = RESOLVER
        .get_or_try_init(|| async { TokioResolver::builder_tokio()?.build() })
        .await
        .map_err(|error| NetError::Name(format!("Names cannot be resolved: {error}")))?;
    match resolver.lookup_ip(host).await {
        Ok(found) => Ok(found.iter().collect()),
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => {
            Err(NetError::Name(format!("There is no host called {host}")))
        }
        Err(error) => Err(NetError::Name(format!("The name {host} cannot be resolved: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_and_localhost_need_no_server() {
        assert_eq!(resolve("127.0.0.1").await, Ok(vec![Ipv4Addr::LOCALHOST.into()]));
        assert_eq!(resolve("[::1]").await, Ok(vec![Ipv6Addr::LOCALHOST.into()]));
        assert_eq!(resolve("LOCALHOST").await.map(|found| found.len()), Ok(2));
    }
}
