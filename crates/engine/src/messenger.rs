//! Messages to people, through the services that carry them. Each is one
//! request under a deadline; redirects are not followed.

use std::time::Duration;

use hyper::Uri;
use quaiminer_domain::text::clean;
use quaiminer_net::{HttpRequest, HttpResponse, Limits, NetError, Reach, request};
use serde_json::{Value, json};

/// Somebody waits for the answer.
const LIMITS: Limits = Limits { deadline: Duration::from_secs(5), max_bytes: 64 * 1024 };
/// NODE-COMPAT: the colour of Node's messages, red.
const COLOUR: u32 = 16_711_680;

#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub title: String,
    pub text: String,
    /// RFC 3339.
    pub at: String,
}

/// A service, and who is reached through it.
#[derive(Debug, Clone, PartialEq)]
pub enum Carrier {
    Telegram { api: Uri, token: String, chat: Value },
    Discord { webhook: Uri, reach: Reach },
}

/// Why a message was not sent. Neither says where to: the address is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    Unreachable(NetError),
    /// The service's own words.
    Refused(String),
}

pub async fn send(carrier: &Carrier, message: &Message) -> Result<(), NotSent> {
    let (uri, body, reach) = match carrier {
        Carrier::Telegram { api, token, chat } => {
            let base = api.to_string();
            let uri = format!("{}/bot{token}/sendMessage", base.trim_end_matches('/'))
                .parse()
                .map_err(|_| NotSent::Refused("The bot token is not one".to_owned()))?;
            (uri, telegram(chat, message), Reach::Anywhere)
        }
        Carrier::Discord { webhook, reach } => (webhook.clone(), discord(message), *reach),
    };
    let body = Some(body.to_string().into_bytes());
    let post = HttpRequest { reach, ..HttpRequest::post(&uri, body, LIMITS) };
    let answer = request(post).await.map_err(NotSent::Unreachable)?;
    match answer.status {
        200..=299 => Ok(()),
        _ => Err(NotSent::Refused(reason(&answer, &uri))),
    }
}

/// NODE-COMPAT: as Node writes it. A text with signs that mean something in
/// Telegram's Markdown is sent plainly: unbalanced they are refused.
fn telegram(chat: &Value, message: &Message) -> Value {
    let Message { title, text, .. } = message;
    let has_signs = |text: &str| text.contains(['*', '_', '`', '[']);
    if has_signs(title) || has_signs(text) {
        return json!({ "chat_id": chat, "text": format!("{title}\n\n{text}") });
    }
    json!({ "chat_id": chat, "text": format!("*{title}*\n\n{text}"), "parse_mode": "Markdown" })
}

fn discord(message: &Message) -> Value {
    json!({ "embeds": [{
        "title": message.title,
        "description": message.text,
        "color": COLOUR,
        "timestamp": message.at,
    }] })
}

/// Both services say why in JSON; neither may repeat the secret.
fn reason(answer: &HttpResponse, uri: &Uri) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let told = ["description", "message"].iter().find_map(|name| body.get(*name)?.as_str());
    let told = clean(told.unwrap_or_default(), 200);
    let repeats = uri.path().split('/').any(|part| part.len() > 8 && told.contains(part));
    match told.is_empty() || repeats {
        true => format!("It answered {}", answer.status),
        false => format!("It answered {}: {told}", answer.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(title: &str, text: &str) -> Message {
        Message { title: title.into(), text: text.into(), at: "2026-11-23T09:05:11Z".into() }
    }

    #[test]
    fn signs_of_markdown_are_sent_plainly() {
        let plain = telegram(&json!("9"), &message("T", "M"));
        let expected = json!({ "chat_id": "9", "text": "*T*\n\nM", "parse_mode": "Markdown" });
        assert_eq!(plain, expected);
        for (title, text) in [("a*b", "M"), ("T", "gpu_0 [hot"), ("`", "M")] {
            let sent = telegram(&json!(9), &message(title, text));
            assert_eq!(sent["text"], format!("{title}\n\n{text}"));
            assert_eq!(sent.get("parse_mode"), None);
        }
    }

    #[test]
    fn a_reason_does_not_repeat_the_secret() {
        let uri = "https://api.telegram.org/bot123:secret-token/sendMessage".parse().unwrap();
        let answer = |body: &str| HttpResponse { status: 400, body: body.as_bytes().to_vec() };
        let told =
            reason(&answer(r#"{"ok":false,"description":"Bad Request: chat\n not found"}"#), &uri);
        assert_eq!(told, "It answered 400: Bad Request: chat not found");
        let echo = r#"{"description":"no such path /bot123:secret-token/sendMessage"}"#;
        assert_eq!(reason(&answer(echo), &uri), "It answered 400");
        assert_eq!(reason(&answer("<html>"), &uri), "It answered 400");
    }
}
