//! R1, R5 and R12: what is no request, no route, or no reading call.

use serde_json::Value;

use super::{Rule, instead, is_no_such_thing};
use crate::judge::Case;

pub(super) const RULES: &[Rule] = &[
    instead("R1", &["*"], |case| {
        let status = match fault(case) {
            Some(Fault::Json) => 400,
            Some(Fault::Encoding) => 415,
            Some(Fault::Size) => 413,
            None => return false,
        };
        case.got.is_refusal(status)
    }),
    // Whatever Node has no route for it answers with a page.
    instead("R5", &["page.api*", "unknown.api.*"], |case| {
        is_page(case) && (case.got.is_refusal(404) || is_empty(case, 404))
    }),
    instead("R5", &["health.post"], |case| {
        is_page(case) && case.got.is_refusal(405) && case.got.header("allow") == "GET"
    }),
    // Routes that Node never served, and ours does.
    instead("R5", &["missing.*"], |case| {
        is_page(case)
            && case.got.is_json()
            && match case.got.status {
                200 => case.got.field("success") != false,
                404 => is_no_such_thing(case.got),
                status => status == 400 && case.got.is_refusal(status),
            }
    }),
    // A route that refuses because there is nothing to be tuned.
    instead("R5", &["missing.POST.gpus.*"], |case| is_page(case) && case.got.is_failure()),
    // A list is a batch of calls.
    instead("R12", &["bad.node.rpc.array"], |case| {
        let answers = case.got.body.as_array();
        case.got.status == 200
            && answers.is_some_and(|answers| {
                !answers.is_empty()
                    && answers.iter().all(|answer| answer.pointer("/error/code").is_some())
            })
    }),
];

enum Fault {
    Json,
    Encoding,
    Size,
}

/// What is wrong with the body that was sent.
fn fault(case: &Case<'_>) -> Option<Fault> {
    let body = case.sent.body.as_deref()?;
    /// Node's parser reads no more.
    const MOST_BYTES: usize = 10 << 20;
    if body.len() > MOST_BYTES {
        return Some(Fault::Size);
    }
    let media = case.row.header("content-type").to_ascii_lowercase();
    if !media.starts_with("application/json") {
        return None;
    }
    let charset = media.split("charset=").nth(1).unwrap_or("utf-8");
    let encoding = case.row.header("content-encoding");
    if charset != "utf-8" || !matches!(encoding, "" | "gzip" | "deflate") {
        return Some(Fault::Encoding);
    }
    let is_object = matches!(serde_json::from_slice(body), Ok(Value::Object(_)));
    if encoding.is_empty() && !is_object { Some(Fault::Json) } else { None }
}

/// Node answered with HTML.
fn is_page(case: &Case<'_>) -> bool {
    case.expected.header("content-type").starts_with("text/html")
}

/// The answer to a HEAD.
fn is_empty(case: &Case<'_>, status: u16) -> bool {
    case.row.method == "HEAD" && case.got.status == status && case.got.body == Value::Null
}
