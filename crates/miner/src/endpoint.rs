//! Where a miner program is, as it is written in `MINER_API_URL`.

use std::fmt;
use std::net::Ipv6Addr;

use crate::{ADAPTERS, Adapter, by_name};

/// One entry of `MINER_API_URL`, or one of the places tried without it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `None` for `http(s)://`: whoever answers there has to be found out.
    pub adapter: Option<&'static dyn Adapter>,
    /// A name or an IP address; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
    pub tls: bool,
    /// Path and query, for [`crate::Ask::HttpAtUrl`]; `/` where none is given.
    pub path: String,
    shown: String,
}

/// Which entry is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointError {
    pub entry: String,
    pub why: String,
}

impl Endpoint {
    /// Reads a list separated by commas; empty entries are skipped.
    pub fn parse_list(list: &str) -> Result<Vec<Endpoint>, EndpointError> {
        let mut endpoints: Vec<Endpoint> = Vec::new();
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let endpoint = Endpoint::parse(entry)?;
            // Its shares and hashrate would count twice.
            if endpoints.iter().any(|other| other.is_same_place(&endpoint)) {
                return Err(error(entry, "is listed twice; remove one"));
            }
            endpoints.push(endpoint);
        }
        Ok(endpoints)
    }

    /// The places to try when nothing is configured: every miner's own
    /// ports, on this machine only.
    pub fn defaults() -> Vec<Endpoint> {
        let on = |adapter: &'static dyn Adapter, port: u16| Endpoint {
            adapter: Some(adapter),
            host: "127.0.0.1".to_owned(),
            port,
            tls: false,
            path: "/".to_owned(),
            shown: format!("{}://127.0.0.1:{port}", adapter.name()),
        };
        let ports = |adapter: &'static dyn Adapter| {
            adapter.default_ports().iter().map(move |port| on(adapter, *port))
        };
        ADAPTERS.iter().copied().filter(|adapter| !adapter.is_pool()).flat_map(ports).collect()
    }

    /// The adapters that may understand what answers here, the likeliest first.
    pub fn candidates(&self) -> Vec<&'static dyn Adapter> {
        if let Some(adapter) = self.adapter {
            return vec![adapter];
        }
        let speaks_http =
            |adapter: &&'static dyn Adapter| adapter.requests().iter().all(|r| r.is_http());
        let mut candidates: Vec<_> = ADAPTERS.iter().copied().filter(speaks_http).collect();
        // The address was made for the one that takes its path from it.
        candidates.sort_by_key(|adapter| !takes_path(*adapter));
        candidates
    }

    /// Host and port as in an HTTP `Host` header.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    fn parse(entry: &str) -> Result<Endpoint, EndpointError> {
        let Some((scheme, rest)) = entry.split_once("://") else {
            return Err(error(entry, &format!("does not begin with {}", known_schemes())));
        };
        let (adapter, tls, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (None, false, Some(80)),
            "https" => (None, true, Some(443)),
            name => match by_name(name) {
                Some(adapter) => (Some(adapter), false, adapter.default_ports().first().copied()),
                None => {
                    let why = format!("names no known miner; known are {}", known_schemes());
                    return Err(error(entry, &why));
                }
            },
        };
        let (place, path) = match rest.find(['/', '?']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        // It would be shown wherever the address is shown.
        if rest.contains('@') {
            let shown = format!("{scheme}://…");
            return Err(error(&shown, "holds a user or a password, which is not supported"));
        }
        if !path.trim_matches('/').is_empty() && adapter.is_some_and(|adapter| !takes_path(adapter))
        {
            return Err(error(entry, &format!("has a path; write {scheme}://{place}")));
        }
        // It becomes a line of an HTTP request.
        if !path.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
            return Err(error(entry, "has characters in its path that an address cannot have"));
        }
        let (host, port) = host_and_port(place).map_err(|why| error(entry, why))?;
        let Some(port) = port.or(default_port) else {
            return Err(error(entry, &format!("has no port; write {scheme}://{place}:PORT")));
        };
        Ok(Endpoint {
            adapter,
            host,
            port,
            tls,
            path: if path.starts_with('/') { path.to_owned() } else { format!("/{path}") },
            // A query may hold a key.
            shown: entry.split('?').next().unwrap_or_default().to_owned(),
        })
    }

    /// Different paths of one web server may be different miners; a program
    /// with an API of its own is the same one whatever the path.
    fn is_same_place(&self, other: &Endpoint) -> bool {
        let has_own_api = |e: &Endpoint| e.adapter.is_some_and(|adapter| !takes_path(adapter));
        self.host.eq_ignore_ascii_case(&other.host)
            && self.port == other.port
            && (self.path == other.path || has_own_api(self) || has_own_api(other))
    }
}

/// The form in which it was configured, without a query.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" {}", self.entry, self.why)
    }
}

impl std::error::Error for EndpointError {}

fn error(entry: &str, why: &str) -> EndpointError {
    EndpointError {
        entry: entry.split('?').next().unwrap_or_default().to_owned(),
        why: why.to_owned(),
    }
}

fn takes_path(adapter: &dyn Adapter) -> bool {
    adapter.requests().iter().any(|request| request.ask == crate::Ask::HttpAtUrl)
}

/// Every way in which an address can begin.
fn known_schemes() -> String {
    let mut known: Vec<String> = vec!["http://".to_owned(), "https://".to_owned()];
    for adapter in ADAPTERS {
        known.push(format!("{}://", adapter.name()));
        known.extend(adapter.aliases().iter().map(|alias| format!("{alias}://")));
    }
    known.join(", ")
}

fn host_and_port(place: &str) -> Result<(String, Option<u16>), &'static str> {
    const BAD_PORT: &str = "has no valid port; ports are 1 to 65535";
    let (host, port) = if let Some(rest) = place.strip_prefix('[') {
        let Some((host, after)) = rest.split_once(']') else {
            return Err("has no closing bracket after its IPv6 address");
        };
        if host.parse::<Ipv6Addr>().is_err() {
            return Err("has no valid IPv6 address between its brackets");
        }
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err(BAD_PORT),
        }
    } else if place.matches(':').count() > 1 {
        return Err("has an IPv6 address without brackets; write [ADDRESS]:PORT");
    } else {
        match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    if host.is_empty() {
        return Err("has no host");
    }
    let is_host_char = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    if host.len() > 253 || !host.bytes().all(is_host_char) {
        return Err("has a host name that is not one");
    }
    let port = match port {
        None => None,
        // A number may not have a sign here.
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => match port.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            _ => return Err(BAD_PORT),
        },
        Some(_) => return Err(BAD_PORT),
    };
    Ok((host.to_owned(), port))
}
