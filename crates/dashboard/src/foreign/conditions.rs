//! What a request for a file says about what it has and what it wants
//! (RFC 9110 §13 and §14).

use hyper::StatusCode;
use hyper::header::{self, HeaderMap};
use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

use crate::api::answer;

/// By what a browser knows a file again.
pub struct Validators {
    /// Weak: made of length and time, not of the content.
    pub tag: String,
    /// As HTTP writes it; empty for a time that it cannot write.
    pub modified: String,
    modified_s: i64,
}

impl Validators {
    pub fn new(length: u64, modified_ms: i64) -> Self {
        let modified_s = modified_ms.div_euclid(1000);
        let modified = Timestamp::from_second(modified_s)
            .and_then(|at| DateTimePrinter::new().timestamp_to_rfc9110_string(&at))
            .unwrap_or_default();
        Validators { tag: format!("W/\"{length:x}-{modified_ms:x}\""), modified, modified_s }
    }

    /// Whether the browser has the same already.
    pub fn are_known(&self, request: &HeaderMap) -> bool {
        if request.contains_key(header::IF_NONE_MATCH) {
            return answer::is_known(request, &self.tag);
        }
        let since = request.get(header::IF_MODIFIED_SINCE).and_then(|since| since.to_str().ok());
        since
            .and_then(|since| DateTimeParser::new().parse_timestamp(since).ok())
            .is_some_and(|since| self.modified_s <= since.as_second())
    }
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub from: u64,
    pub length: u64,
}

impl Part {
    pub const NONE: Part = Part { from: 0, length: 0 };
}

/// What of a file is wanted. Several parts at once are answered with the
/// whole, as the standard allows.
pub fn part(request: &HeaderMap, validators: &Validators, length: u64) -> (StatusCode, Part) {
    let whole = (StatusCode::OK, Part { from: 0, length });
    let text = |name| request.get(name).and_then(|value| value.to_str().ok());
    // A weak tag does not vouch for single bytes.
    if text(header::IF_RANGE).is_some_and(|had| had != validators.modified) {
        return whole;
    }
    let Some((from, to)) =
        text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
    else {
        return whole;
    };
    let part = match (number(from), number(to)) {
        (Some(from), _) if from >= length => None,
        (Some(from), None) if to.is_empty() => Some((from, length)),
        (Some(from), Some(to)) if to >= from => Some((from, to.saturating_add(1).min(length))),
        (None, Some(0)) if from.is_empty() => None,
        (None, Some(last)) if from.is_empty() && length > 0 => {
            Some((length.saturating_sub(last), length))
        }
        _ => return whole,
    };
    match part {
        Some((from, to)) => (StatusCode::PARTIAL_CONTENT, Part { from, length: to - from }),
        None => (StatusCode::RANGE_NOT_SATISFIABLE, Part::NONE),
    }
}

fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
        let value = |value: &str| HeaderValue::from_str(value).unwrap();
        fields.iter().map(|(name, text)| (name.clone(), value(text))).collect()
    }

    #[test]
    fn ranges() {
        let validators = Validators::new(100, 1_700_000_000_123);
        let part = |range: &str| {
            let (status, part) = part(&headers(&[(header::RANGE, range)]), &validators, 100);
            (status.as_u16(), part.from, part.length)
        };
        assert_eq!(part("bytes=0-9"), (206, 0, 10));
        assert_eq!(part("bytes=90-"), (206, 90, 10));
        assert_eq!(part("bytes=90-999"), (206, 90, 10));
        assert_eq!(part("bytes=-10"), (206, 90, 10));
        assert_eq!(part("bytes=-999"), (206, 0, 100));
        assert_eq!(part("bytes=100-"), (416, 0, 0));
        assert_eq!(part("bytes=-0"), (416, 0, 0));
        for whole in
            ["bytes=9-0", "bytes=0-1,3-4", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=+1-2"]
        {
            assert_eq!(part(whole), (200, 0, 100), "{whole}");
        }
    }

    #[test]
    fn a_part_only_of_what_is_still_the_same() {
        let validators = Validators::new(100, 1_700_000_000_123);
        assert_eq!(validators.modified, "Tue, 14 Nov 2023 22:13:20 GMT");
        let status = |had: &str| {
            let request = headers(&[(header::RANGE, "bytes=0-9"), (header::IF_RANGE, had)]);
            part(&request, &validators, 100).0
        };
        assert_eq!(status("Tue, 14 Nov 2023 22:13:20 GMT"), StatusCode::PARTIAL_CONTENT);
        assert_eq!(status("Tue, 14 Nov 2023 22:13:21 GMT"), StatusCode::OK);
        assert_eq!(status(&validators.tag), StatusCode::OK);
    }

    #[test]
    fn what_is_known() {
        let validators = Validators::new(100, 1_700_000_000_123);
        let known =
            |name: HeaderName, value: &str| validators.are_known(&headers(&[(name, value)]));
        assert!(known(header::IF_NONE_MATCH, &validators.tag));
        assert!(!known(header::IF_NONE_MATCH, "W/\"x\""));
        assert!(known(header::IF_MODIFIED_SINCE, "Tue, 14 Nov 2023 22:13:20 GMT"));
        assert!(!known(header::IF_MODIFIED_SINCE, "Tue, 14 Nov 2023 22:13:19 GMT"));
        assert!(!known(header::IF_MODIFIED_SINCE, "yesterday"));
        // The tag is the better witness.
        let both = headers(&[
            (header::IF_NONE_MATCH, "W/\"x\""),
            (header::IF_MODIFIED_SINCE, "Tue, 14 Nov 2023 22:13:20 GMT"),
        ]);
        assert!(!validators.are_known(&both));
    }

    proptest! {
        #[test]
        fn a_part_is_within_the_file(range in "bytes=[0-9]{0,21}-[0-9]{0,21}", length in 0..300_u64) {
            let request = headers(&[(header::RANGE, &range)]);
            let (status, part) = part(&request, &Validators::new(length, 0), length);
            prop_assert!(part.from + part.length <= length);
            prop_assert_eq!(status == StatusCode::PARTIAL_CONTENT && part.length == 0, false);
        }
    }
}
