//! POST `/api/alerts/send` and `/api/alerts/test`: a message now.

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_engine::clock::now_ms;
use quaiminer_engine::messenger::{self, Carrier, Message, NotSent};
use serde_json::{Map, Value, json};

use super::super::super::answer;
use super::super::super::body::Fields;
use super::super::super::describe::Doc;
use super::super::super::error::ApiError;
use super::super::super::routes::Route;
use super::super::super::schema::{boolean, exactly, object, one_of, text};
use super::super::settings;
use super::super::text::{is_falsy, sanitise};
use super::KEY;
use super::channels::{self, NAMES};
use crate::access::Access;
use crate::app::{App, SharedApp};
use crate::time::iso;

const MAX_TITLE_CHARS: usize = 200;

pub fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/alerts/send", Access::OPERATE, send).doc(|| {
            let body = object([
                ("channel", one_of(&NAMES)),
                ("title", text().like(r"\S").length(1, MAX_TITLE_CHARS)),
                ("message", text().like(r"\S").length(1, 2000)),
            ]);
            Doc::new("Sends a message through a channel that is enabled; whether it was sent says `success`")
                .takes(body)
                .gives(object([("success", boolean())]).with("error", text()).with("message", text()))
                .refuses(400, "A value cannot be used, or the channel is not enabled")
        }),
        Route::post("/api/alerts/test", Access::OPERATE, test).doc(|| {
            let rule = object([]).with("name", text()).with("type", text());
            Doc::new("Sends a message that is recognised as a test")
                .takes(object([("channel", one_of(&NAMES))]).with("rule", rule))
                .gives(object([("success", exactly(true)), ("message", text())]))
                .refuses(409, "The message was not sent, for the reason that is given")
        }),
    ]
}

/// Why nothing was sent: in Node's words, and what it is.
struct Failure {
    error: &'static str,
    message: String,
}

/// Deviation R3: answers 200 whether it was sent or not, as Node does; but
/// what cannot be sent is not told to be.
async fn send(State(app): State<SharedApp>, Fields(fields): Fields) -> Result<Response, ApiError> {
    let fields = sanitise(fields);
    if let Some(missing) =
        ["channel", "title", "message"].into_iter().find(|name| is_falsy(fields.get(*name)))
    {
        let title = "Channel, title, and message are required";
        return Err(refused(title, missing, format!("{missing} is missing")));
    }
    let text = |name: &'static str| match fields.get(name) {
        Some(Value::String(text)) => Ok(text.as_str()),
        _ => Err(ApiError::bad_value(name, format!("{name} must be a text"))),
    };
    let channel = text("channel")?;
    let Some(channel) = NAMES.into_iter().find(|name| *name == channel) else {
        let message = format!("channel must be one of {}", NAMES.join(", "));
        return Err(refused("Invalid channel", "channel", message));
    };
    let (title, message) = (text("title")?, text("message")?);
    if title.chars().count() > MAX_TITLE_CHARS {
        let message = format!("title may have {MAX_TITLE_CHARS} characters");
        return Err(refused("Title or message too long", "title", message));
    }
    let Some(settings) = enabled(&app, channel).await? else {
        let message = format!("Enable {channel} in the alert settings first");
        return Err(refused("Channel not enabled", "channel", message));
    };
    Ok(match deliver(&app, channel, &settings, title, message).await {
        Ok(sent) => answer::ok(&json!({ "success": true, "message": sent })),
        Err(Failure { error, message }) => {
            answer::ok(&json!({ "success": false, "error": error, "message": message }))
        }
    })
}

/// Its page takes every 2xx for "sent".
async fn test(State(app): State<SharedApp>, Fields(fields): Fields) -> Result<Response, ApiError> {
    let fields = sanitise(fields);
    let given = fields.get("channel").and_then(Value::as_str).unwrap_or_default();
    let Some(channel) = NAMES.into_iter().find(|name| *name == given) else {
        let message = format!("channel must be one of {}", NAMES.join(", "));
        return Err(refused("Invalid channel", "channel", message));
    };
    let rule = match fields.get("rule") {
        None | Some(Value::Null) => None,
        Some(Value::Object(rule)) => rule.get("name").and_then(Value::as_str),
        Some(_) => return Err(ApiError::bad_value("rule", "rule must be an object")),
    };
    let not_sent = |error: &'static str, message: String| {
        Err(ApiError::new(StatusCode::CONFLICT, error, message))
    };
    let Some(settings) = enabled(&app, channel).await? else {
        let message = format!("Enable {channel} in the alert settings first");
        return not_sent("Channel not enabled", message);
    };
    let rig = app.rig_name.as_deref().unwrap_or("this rig");
    let text = format!("A test of the rule {} on {rig}", rule.unwrap_or("(none)"));
    match deliver(&app, channel, &settings, "QuaiMiner test", &text).await {
        Ok(sent) => Ok(answer::ok(&json!({ "success": true, "message": sent }))),
        Err(Failure { error, message }) => not_sent(error, message),
    }
}

/// The settings of a channel, if it is enabled.
async fn enabled(app: &App, channel: &str) -> Result<Option<Map<String, Value>>, ApiError> {
    let settings = settings::load(app, KEY).await?;
    let channel = settings.get("channels").and_then(|channels| channels.get(channel)?.as_object());
    Ok(channel.filter(|channel| !is_falsy(channel.get("enabled"))).cloned())
}

/// What was sent, in Node's words.
async fn deliver(
    app: &App,
    channel: &str,
    settings: &Map<String, Value>,
    title: &str,
    text: &str,
) -> Result<&'static str, Failure> {
    let incomplete = |what: &str| Failure {
        error: "fetch failed",
        message: format!("The alert settings have no usable {what}"),
    };
    let field = |name: &str| settings.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    let (carrier, sent, refused) = match channel {
        "telegram" => {
            let token = field("botToken").ok_or_else(|| incomplete("bot token"))?.to_owned();
            let chat = settings.get("chatId").cloned().filter(|chat| !is_falsy(Some(chat)));
            let chat = chat.ok_or_else(|| incomplete("chat id"))?;
            let api = app.config.telegram_api.clone();
            let carrier = Carrier::Telegram { api, token, chat };
            (carrier, "Telegram alert sent", "Telegram API error")
        }
        "discord" => {
            let own = &app.config.webhook_hosts;
            let webhook = field("webhookUrl").and_then(|url| channels::webhook(url, own));
            let (webhook, reach) = webhook.ok_or_else(|| incomplete("webhook"))?;
            let carrier = Carrier::Discord { webhook, reach };
            (carrier, "Discord alert sent", "Discord webhook error")
        }
        "browser" => {
            let message = "Only a page can notify its own browser".to_owned();
            return Err(Failure { error: "Not sent", message });
        }
        other => {
            let message = format!("This version cannot send by {other} yet");
            return Err(Failure { error: "Not sent", message });
        }
    };
    let message = Message { title: title.to_owned(), text: text.to_owned(), at: iso(now_ms()) };
    match messenger::send(&carrier, &message).await {
        Ok(()) => Ok(sent),
        Err(NotSent::Unreachable(why)) => {
            Err(Failure { error: "fetch failed", message: why.to_string() })
        }
        Err(NotSent::Refused(why)) => Err(Failure { error: refused, message: why }),
    }
}

/// NODE-COMPAT: the title is Node's.
fn refused(title: &'static str, field: &'static str, message: String) -> ApiError {
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, title, message);
    error.field = Some(field.into());
    error
}
