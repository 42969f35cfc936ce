//! By which names this machine may be called, and which pages may ask.
//!
//! A web page under a name of its own can make that name point to the rig
//! (DNS rebinding) and is then, to the browser, at home here. So requests
//! that call us by a strange name are refused before anything else.

use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::http::uri::Authority;
use hyper::{Method, StatusCode, Uri};

use super::head::Head;
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
        let called = uri.authority().map(Authority::as_str);
        // What is not text is nobody's name.
        let fields = headers.get_all(HOST).iter().map(|field| field.to_str().unwrap_or_default());
        // A request may name the host several times; all count.
        let mut first = None;
        for authority in called.into_iter().chain(fields) {
            if !self.is_ours(authority) {
                return Err(misdirected());
            }
            first = first.or(Some(authority));
        }
        first.ok_or_else(misdirected)
    }

    fn is_ours(&self, authority: &str) -> bool {
        let Some(name) = without_port(authority) else { return false };
        if let Some(literal) = name.strip_prefix('[') {
            let literal = literal.strip_suffix(']');
            return literal.is_some_and(|literal| literal.parse::<Ipv6Addr>().is_ok());
        }
        if name.parse::<Ipv4Addr>().is_ok() {
            return true;
        }
        // With a dot at its end a name is the same name.
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        name.strip_suffix(".localhost").is_some_and(is_name) || self.names.contains(&name)
    }

    /// Judges by `Origin`, and where a browser leaves that out by
    /// `Sec-Fetch-Site`.
    pub fn origin(&self, authority: &str, head: &Head<'_>) -> Origin {
        match head.origin {
            Some(origin) => {
                let origin = origin.to_str().unwrap_or_default();
                let page = ["http://", "https://"]
                    .into_iter()
                    .find_map(|scheme| origin.strip_prefix(scheme));
                if page.is_some_and(|page| page.eq_ignore_ascii_case(authority)) {
                    Origin::Own
                } else if self.origins.iter().any(|allowed| allowed == origin) {
                    Origin::Allowed
                } else {
                    Origin::Foreign
                }
            }
            None => match head.sec_fetch_site.map(HeaderValue::as_bytes) {
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

/// Labels with dots between them, and nothing that could end a name early.
fn is_name(text: &str) -> bool {
    let in_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.split('.').all(|label| !label.is_empty() && label.chars().all(in_label))
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
mod tests;
