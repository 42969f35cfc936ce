//! Query parameters (deviation R2): decimal text is a number; 0, empty and
//! absent mean the default; above the cap means the cap; all else is refused
//! by name. Of a repeated parameter, also one written as a list (`limit[]=2`),
//! the first counts.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use hyper::http::request::Parts;

use super::error::ApiError;

pub struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Query::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    pub fn parse(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Query(pairs.map(|(name, value)| (name.into(), value.into())).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let is_it = |written: &str| {
            written.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | "[]" | "[0]"))
        };
        let value = self.0.iter().find(|(n, _)| is_it(n)).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// A whole number from 1 to `cap`.
    pub fn number(&self, name: &'static str, default: u32, cap: u32) -> Result<u32, ApiError> {
        Ok(match self.optional(name, cap)? {
            None | Some(0) => default,
            Some(number) => number,
        })
    }

    /// A whole number from 0 to `cap`, if there is one.
    pub fn optional(&self, name: &'static str, cap: u32) -> Result<Option<u32>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        if !is_decimal(text) {
            let message = format!("{name} must be a whole number from 0 to {cap}");
            return Err(ApiError::bad_value(name, message));
        }
        // More digits than fit are above every cap.
        Ok(Some(text.parse::<u32>().unwrap_or(cap).min(cap)))
    }

    /// A number from 0 to `most`, with or without fraction; 0 and empty mean
    /// the default.
    pub fn amount(&self, name: &'static str, default: f64, most: f64) -> Result<f64, ApiError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        // Without the words that Rust would read: `inf`, `nan`.
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
        let number = text.parse::<f64>().ok().filter(|_| text.chars().all(plain));
        match number {
            Some(0.0) => Ok(default),
            Some(number) if (0.0..=most).contains(&number) => Ok(number),
            _ => {
                Err(ApiError::bad_value(name, format!("{name} must be a number from 0 to {most}")))
            }
        }
    }

    /// A time in milliseconds since the epoch.
    pub fn time_ms(&self, name: &'static str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.parse::<i64>() {
            Ok(ms) if is_decimal(text) && ms <= MAX_TIME_MS => Ok(Some(ms)),
            _ => {
                let message = format!("{name} must be a time in milliseconds since 1970");
                Err(ApiError::bad_value(name, message))
            }
        }
    }
}

/// Without the signs that Rust would read.
fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The year 9999, beyond which no calendar formats.
pub const MAX_TIME_MS: i64 = 253_402_300_799_999;

#[cfg(test)]
mod tests;
