//! Addresses and names in the miner's settings: of pools, of the node, of
//! whoever is paid. Each comes with the pattern that describes it.

use quaiminer_node::address::checksummed;

const POOL_SCHEMES: [&str; 11] = [
    "stratum",
    "stratum+tcp",
    "stratum+ssl",
    "stratum1+tcp",
    "stratum1+ssl",
    "stratum2+tcp",
    "stratum2+ssl",
    "tcp",
    "ssl",
    "http",
    "https",
];
const NODE_SCHEMES: [&str; 2] = ["http", "https"];

pub const POOL_PATTERN: &str = concat!(
    r"^((stratum([12]?\+(tcp|ssl))?|tcp|ssl|https?)://",
    r"([A-Za-z0-9._~!$()*+,;=:%@-]{1,200}@)?",
    r"([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])",
    r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?",
    r"(/[A-Za-z0-9._~/-]{0,200})?)?$",
);
pub const NODE_PATTERN: &str = concat!(
    r"^(https?://",
    r"([A-Za-z0-9._~!$()*+,;=:%@-]{1,200}@)?",
    r"([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])",
    r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?",
    r"(/[A-Za-z0-9._~/-]{0,200})?)?$",
);
/// Without the addresses in mixed case, whose cases are a checksum.
pub const WALLET_PATTERN: &str = concat!(
    r"^(0x([0-9a-f]{40}|[0-9A-F]{40})(\.[A-Za-z0-9][A-Za-z0-9._-]{0,63})?",
    r"|[A-Za-z1-9][A-Za-z0-9._-]{0,127})?$",
);
pub const WORKER_PATTERN: &str = r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$";
/// An address of the chain and nothing else.
pub const ADDRESS_PATTERN: &str = "^(0x([0-9a-f]{40}|[0-9A-F]{40}))?$";

/// What it should have been, where it is not.
type Checked = Result<(), String>;

pub fn pool(text: &str) -> Checked {
    url(text, &POOL_SCHEMES).ok_or_else(|| {
        let schemes = POOL_SCHEMES.join(", ");
        format!("an address such as stratum+tcp://host:3333 ({schemes})")
    })
}

pub fn node(text: &str) -> Checked {
    url(text, &NODE_SCHEMES).ok_or_else(|| "an address such as http://localhost:9200".to_owned())
}

/// An address of the chain, or a name at a pool. A mistyped address would give
/// the income to nobody.
pub fn wallet(text: &str) -> Checked {
    if !text.starts_with('0') {
        return word(text, 128);
    }
    let (address, worker) = match text.split_once('.') {
        Some((address, worker)) => (address, Some(worker)),
        None => (text, None),
    };
    checksummed(address).map_err(|error| format!("an address that can be right: {error}"))?;
    worker.map_or(Ok(()), |name| word(name, 64))
}

pub fn worker(text: &str) -> Checked {
    word(text, 64)
}

/// What no program takes for an option, and no page for markup.
fn word(text: &str, most: usize) -> Checked {
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins && text.len() <= most && all(text, b"._-") {
        Ok(())
    } else {
        Err(format!("1 to {most} letters, digits, '.', '_' or '-', a letter or digit first"))
    }
}

/// `scheme://user:password@host:port/path`.
fn url(text: &str, schemes: &[&str]) -> Option<()> {
    let (scheme, rest) = text.split_once("://")?;
    let (credentials, rest) = match rest.rsplit_once('@') {
        Some((credentials, rest)) => (Some(credentials), rest),
        None => (None, rest),
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let fits = schemes.contains(&scheme)
        && credentials
            .is_none_or(|text| (1..=200).contains(&text.len()) && all(text, b"._~!$()*+,;=:%@-"))
        && is_host_and_port(host)
        && path.len() <= 201
        && all(path, b"._~/-");
    fits.then_some(())
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| {
        !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if !port.is_none_or(is_port) {
        return false;
    }
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(v6) => {
            (2..=45).contains(&v6.len())
                && v6.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        }
        None => {
            host.len() <= 253
                && host.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
                && all(host, b".-")
        }
    }
}

/// Letters, digits and these only.
fn all(text: &str, others: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_and_nodes() {
        for right in [
            "stratum://10.0.0.9:3333",
            "stratum+tcp://0x00.rig:x@pool.example:1185",
            "stratum2+ssl://[fd00::1]:3333",
            "tcp://localhost",
            "https://user@host/path/a-b",
        ] {
            assert_eq!(pool(right), Ok(()), "{right}");
        }
        for wrong in [
            "",
            "pool.example:3333",
            "javascript://x",
            "stratum://",
            "stratum://host:0",
            "stratum://host:65536",
            "stratum://host:+1",
            "stratum://ho st:1",
            "stratum://host:1 --api-bind 0.0.0.0",
            "stratum://ho\nst",
            "stratum://<b>:1",
            "stratum://a@",
            "-P stratum://host",
            "stratum://host:1/?a",
        ] {
            assert!(pool(wrong).is_err(), "{wrong}");
        }
        assert_eq!(node("http://127.0.0.1:9200"), Ok(()));
        assert!(node("stratum://host:1").is_err());
    }

    #[test]
    fn wallets_and_workers() {
        // The example of EIP-55.
        let address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        for right in [
            address,
            &address.to_lowercase(),
            &format!("{address}.rig1"),
            "RVNaddress123",
            "account.rig_1",
        ] {
            assert_eq!(wallet(right), Ok(()), "{right}");
        }
        for wrong in ["", "0x12", &address[..41], "-h", "a b", "<b>", &format!("{address}.")] {
            assert!(wallet(wrong).is_err(), "{wrong}");
        }
        assert!(wallet(&address.replace("Ae", "ae")).unwrap_err().contains("checksum"));
        assert_eq!(worker("rig-1.a_b"), Ok(()));
        for wrong in ["-x", "", "a b", &"x".repeat(65), "é"] {
            assert!(worker(wrong).is_err(), "{wrong}");
        }
    }
}
