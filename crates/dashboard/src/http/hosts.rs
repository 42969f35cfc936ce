//! By which names this machine may be called, and which pages may ask.
//!
//! A web page under a name of its own can make that name point to the rig
//! (DNS rebinding) and is then, to the browser, at home here. So requests
//! that call us by a strange name are refused before anything else.

use std::net::IpAddr;

use hyper::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::{Method, StatusCode, Uri};

use crate::api::error::ApiError;

pub struct HostPolicy {
    /// In lower case, without ports.
    names: Vec<String>,
    /// Origins that the owner trusts, as browsers write them.
    origins: Vec<String>,
}

/// Where a request comes from, as far as a browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Our own page, or no browser at all.
    Own,
    /// A page that the owner allows.
    Allowed,
    Foreign,
}

impl HostPolicy {
    pub fn new(machine: Option<&str>, allowed_hosts: &[String], origins: &[String]) -> Self {
        let mut names = vec!["localhost".to_owned()];
        if let Some(machine) = machine.map(str::to_ascii_lowercase) {
            names.push(format!("{machine}.local"));
            names.push(machine);
        }
        names.extend_from_slice(allowed_hosts);
        HostPolicy { names, origins: origins.to_vec() }
    }

    /// Refuses a request for another host; otherwise gives the authority by
    /// which we were called.
    pub fn check<'a>(&self, uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, ApiError> {
        let field = headers.get(HOST).map(HeaderValue::to_str).and_then(Result::ok);
        let called = uri.authority().map(|authority| authority.as_str());
        // A request may name the host twice; both count.
        for authority in [called, field].into_iter().flatten() {
            if !self.is_ours(authority) {
                return Err(misdirected());
            }
        }
        called.or(field).ok_or_else(misdirected)
    }

    fn is_ours(&self, authority: &str) -> bool {
        let Some(name) = without_port(authority) else { return false };
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        if literal.parse::<IpAddr>().is_ok() {
            return true;
        }
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        name.ends_with(".localhost") || self.names.contains(&name)
    }

    /// Judges by `Origin`, and where a browser leaves that out by
    /// `Sec-Fetch-Site`.
    pub fn origin(&self, authority: &str, headers: &HeaderMap) -> Origin {
        match headers.get(ORIGIN) {
            Some(origin) => {
                let origin = origin.to_str().unwrap_or_default();
                let host = origin.split_once("://").map(|(_, host)| host);
                if host.is_some_and(|host| host.eq_ignore_ascii_case(authority)) {
                    Origin::Own
                } else if self.origins.iter().any(|allowed| allowed == origin) {
                    Origin::Allowed
                } else {
                    Origin::Foreign
                }
            }
            None => match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
                None | Some(b"same-origin" | b"none") => Origin::Own,
                Some(_) => Origin::Foreign,
            },
        }
    }
}

/// A foreign page changes nothing here.
pub fn check_change(method: &Method, upgrade: bool, origin: Origin) -> Result<(), ApiError> {
    if origin == Origin::Foreign && (upgrade || !method.is_safe()) {
        return Err(ApiError::forbidden("Requests from other web sites are not accepted"));
    }
    Ok(())
}

fn without_port(authority: &str) -> Option<&str> {
    // user@host is never sent by a browser.
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    match authority.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            Some(name)
        }
        Some(_) if authority.ends_with(']') => Some(authority),
        Some(_) => None,
        None => Some(authority),
    }
}

fn misdirected() -> ApiError {
    ApiError::new(
        StatusCode::MISDIRECTED_REQUEST,
        "Unknown host",
        "This machine is not called by that name. Use its address, or add the name to ALLOWED_HOSTS",
    )
}

#[cfg(test)]
mod tests {
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
            policy().origin("192.168.1.20:3000", &headers)
        };
        assert_eq!(policy().origin("rig01", &HeaderMap::new()), Origin::Own);
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
}
