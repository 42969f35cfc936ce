//! How far a connection may go whose address somebody has typed in.

use std::net::IpAddr;
use std::time::Duration;

use crate::NetError;
use crate::resolve::resolve;

/// Somebody waits for the answer to a form.
const CHECK_WITHIN: Duration = Duration::from_millis(900);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Anywhere,
    /// Loopback, private and link-local addresses, and names that mean
    /// nothing else.
    Private,
    /// The internet, and nothing that only this machine or its network can
    /// reach.
    Public,
}

impl Reach {
    /// Whether a connection to the host would be allowed now.
    pub async fn allows(self, host: &str) -> Result<(), NetError> {
        if self == Reach::Anywhere {
            return Ok(());
        }
        match tokio::time::timeout(CHECK_WITHIN, resolve(host)).await {
            Ok(found) => self.check(found?).map(drop),
            Err(_) => Err(NetError::Name(format!("The name {host} was not resolved in time"))),
        }
    }

    /// The addresses, if every one of them is allowed: a name with one
    /// address of each kind is somebody's trick.
    pub(crate) fn check(self, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, NetError> {
        let fits = |address: &&IpAddr| match self {
            Reach::Anywhere => true,
            Reach::Private => is_private(**address),
            Reach::Public => is_public(**address),
        };
        match addresses.iter().find(|address| !fits(address)) {
            Some(address) => Err(NetError::Forbidden(*address)),
            None => Ok(addresses),
        }
    }
}

/// Addresses of the internet that belong to one machine.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let special = matches!(
                (a, b, c),
                (0 | 240.., _, _) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _)
            );
            !(special
                || v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_documentation())
        }
        // Of 2000::/3, without 6to4 and Teredo, in which a private address may
        // hide.
        IpAddr::V6(v6) => match v6.segments() {
            [0x2001, 0 | 0xdb8, ..] | [0x2002, ..] => false,
            [first, ..] => first & 0xe000 == 0x2000,
        },
    }
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str]) -> Result<usize, NetError> {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Reach::Private.check(addresses).map(|allowed| allowed.len())
    }

    #[test]
    fn what_is_in_the_house_and_what_is_not() {
        let inside = [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.20",
            "169.254.1.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:192.168.1.20",
        ];
        for address in inside {
            assert_eq!(check(&[address]), Ok(1), "{address}");
        }
        let outside = [
            "8.8.8.8",
            "0.0.0.0",
            "172.32.0.1",
            "100.64.0.1",
            "192.169.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "2001:db8::1",
            "ff02::1",
            "::ffff:8.8.8.8",
            "::ffff:0.0.0.0",
            "64:ff9b::a00:1",
        ];
        for address in outside {
            assert_eq!(check(&[address]), Err(NetError::Forbidden(address.parse().unwrap())));
        }
        assert_eq!(
            Reach::Anywhere.check(vec!["8.8.8.8".parse().unwrap()]).map(|all| all.len()),
            Ok(1)
        );
    }

    #[test]
    fn one_address_outside_spoils_a_name() {
        assert_eq!(check(&["192.168.1.20", "fd00::1"]), Ok(2));
        let outside = NetError::Forbidden("8.8.8.8".parse().unwrap());
        assert_eq!(check(&["192.168.1.20", "8.8.8.8"]), Err(outside.clone()));
        assert_eq!(check(&["8.8.8.8", "192.168.1.20"]), Err(outside));
    }

    #[test]
    fn what_is_on_the_internet() {
        for address in ["8.8.8.8", "172.32.0.1", "::ffff:8.8.8.8", "2606:4700::1111"] {
            assert_eq!(
                Reach::Public.check(vec![address.parse().unwrap()]).map(|all| all.len()),
                Ok(1)
            );
        }
        for address in [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "192.168.1.20",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "::ffff:192.168.1.20",
            "2002:c0a8:114::",
            "64:ff9b::a00:1",
            "2001:db8::1",
            "2001::1",
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(Reach::Public.check(vec![address]), Err(NetError::Forbidden(address)));
        }
    }

    #[tokio::test]
    async fn hosts_as_they_are_typed() {
        assert_eq!(Reach::Private.allows("localhost").await, Ok(()));
        assert_eq!(Reach::Private.allows("[::1]").await, Ok(()));
        // Nobody is asked for its address before it is needed.
        assert_eq!(Reach::Anywhere.allows("rig.invalid").await, Ok(()));
        let refused = Reach::Private.allows("1.2.3.4").await;
        assert_eq!(refused, Err(NetError::Forbidden("1.2.3.4".parse().unwrap())));
    }
}
