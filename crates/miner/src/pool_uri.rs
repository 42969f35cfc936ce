//! Pool addresses as miners write them: `stratum+tcp://user:password@host:port`.

use quaiminer_domain::Fact;

use crate::lenient;

/// Host and port, and the name with which the miner signs in there. The
/// password is dropped here, so that it cannot reach a page or a log.
pub(crate) struct PoolUri {
    pub(crate) host_port: Fact<String>,
    pub(crate) user: Fact<String>,
}

pub(crate) fn split(uri: &str) -> PoolUri {
    let rest = uri.split_once("://").map_or(uri, |(_scheme, rest)| rest);
    // A password may hold any character, an address may not hold an "@".
    let (credentials, address) = match rest.rsplit_once('@') {
        Some((credentials, address)) => (Some(credentials), address),
        None => (None, rest),
    };
    let host_port = address.split(['/', '?', '#']).next();
    let user = credentials.and_then(|credentials| credentials.split(':').next());
    PoolUri {
        host_port: lenient::words(host_port),
        user: lenient::because(lenient::words(user), "The miner's pool address holds no user"),
    }
}

/// The whole name where a program tells the worker apart from the address; some
/// tell it twice.
pub(crate) fn with_worker(user: Fact<String>, worker: Fact<String>) -> Fact<String> {
    let (Fact::Known(address), Fact::Known(worker)) = (&user, &worker) else { return user };
    if address.contains('.') || address == worker {
        return user;
    }
    lenient::words(Some(&format!("{address}.{worker}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_dropped() {
        let check = |uri: &str, host_port: Option<&str>, user: Option<&str>| {
            let split = split(uri);
            assert_eq!(split.host_port.known().map(String::as_str), host_port, "{uri}");
            assert_eq!(split.user.known().map(String::as_str), user, "{uri}");
        };
        check(
            "stratum+tcp://0x00.rig01@127.0.0.1:3334",
            Some("127.0.0.1:3334"),
            Some("0x00.rig01"),
        );
        check("stratum+tcp://0x00.rig01:d=1@host:3333/x", Some("host:3333"), Some("0x00.rig01"));
        check("stratum://user:p@ss/w:rd@[::1]:3333", Some("[::1]:3333"), Some("user"));
        check("simulation://localhost:0", Some("localhost:0"), None);
        check("127.0.0.1:3333", Some("127.0.0.1:3333"), None);
        check("stratum+tcp://:secret@host:1", Some("host:1"), None);
        check("stratum+tcp://\u{1b}u@ho\nst:1", Some("host:1"), Some("u"));
        check("", None, None);
        check("stratum://", None, None);
        check("user:secret@", None, Some("user"));
    }

    #[test]
    fn the_worker_is_told_apart_or_not() {
        let check = |user: Option<&str>, worker: Option<&str>, expected: Option<&str>| {
            let whole = with_worker(lenient::words(user), lenient::words(worker));
            assert_eq!(whole.known().map(String::as_str), expected, "{user:?} {worker:?}");
        };
        check(Some("0x00"), Some("rig01"), Some("0x00.rig01"));
        check(Some("0x00.rig01"), Some("rig01"), Some("0x00.rig01"));
        check(Some("0x00"), Some(""), Some("0x00"));
        check(Some("0x00"), None, Some("0x00"));
        check(None, Some("rig01"), None);
    }
}
