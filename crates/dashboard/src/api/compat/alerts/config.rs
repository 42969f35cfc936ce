//! GET and POST `/api/alerts/config`, which Node's page asks for and Node does
//! not have: the channels of the settings, in the other dialog's words.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::super::answer;
use super::super::super::body::Fields;
use super::super::super::describe::Doc;
use super::super::super::error::ApiError;
use super::super::super::routes::Route;
use super::super::super::schema::{anything, boolean, exactly, integer, object, text};
use super::super::text::sanitise;
use super::super::{audit, settings};
use super::channels::Scope;
use super::settings::{default_channels, keep_secrets};
use super::{CHANGED, KEY, channels, secrets};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::SharedApp;

/// Where mail is handed in (RFC 6409), until another port is chosen.
const SUBMISSION_PORT: u16 = 587;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/alerts/config", Access::VIEW, get).doc(|| {
            let smtp = object([
                ("host", text()),
                ("port", integer()),
                ("secure", boolean()),
                ("auth", object([("user", text())])),
            ]);
            let email = object([("enabled", boolean()), ("smtp", smtp), ("to", text())]);
            let telegram =
                object([("enabled", boolean()), ("botToken", text()), ("chatId", text())]);
            let discord = object([("enabled", boolean()), ("webhookUrl", text())]);
            let config = object([("email", email), ("telegram", telegram), ("discord", discord)]);
            Doc::new("The channels e-mail, Telegram and Discord, with their secrets masked")
                .gives(object([("success", exactly(true)), ("config", config)]))
        }),
        Route::post("/api/alerts/config", Access::OPERATE, post).doc(|| {
            let auth = object([])
                .with("user", channels::text_schema())
                .with("pass", channels::text_schema());
            let smtp = object([])
                .with("host", channels::host_schema())
                .with("port", channels::port_schema())
                .with("auth", auth.or_null());
            let to =
                text().like("^[^<>,;]{0,200}(,[^<>,;]{0,200}){0,4}$").length(0, 1000).or_null();
            let email = channels::channel_schema().with("smtp", smtp.or_null()).with("to", to);
            let body = object([])
                .with("email", email)
                .with("telegram", channels::telegram_schema())
                .with("discord", channels::discord_schema())
                .closed();
            Doc::new("Changes the fields that are given, and keeps the others")
                .may_take(body)
                .gives(object([("success", exactly(true)), ("message", anything())]))
        }),
    ]
}

async fn get(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let settings = settings::load(&app, KEY).await?;
    Ok(answer::ok(&json!({ "success": true, "config": render(settings.get("channels")) })))
}

fn render(channels: Option<&Value>) -> Value {
    let channel = |name: &str| {
        let stored = channels.and_then(|channels| channels.get(name)?.as_object());
        let mut shown = stored.cloned().unwrap_or_default();
        secrets::mask(&mut shown);
        shown
    };
    let (email, telegram, discord) = (channel("email"), channel("telegram"), channel("discord"));
    json!({
        "email": {
            "enabled": flag(&email, "enabled"),
            "smtp": {
                "host": text_of(&email, "smtpHost"),
                "port": text_of(&email, "smtpPort").parse().unwrap_or(SUBMISSION_PORT),
                "secure": flag(&email, "smtpSecure"),
                "auth": { "user": text_of(&email, "username") },
            },
            "to": recipients(&email).join(", "),
        },
        "telegram": {
            "enabled": flag(&telegram, "enabled"),
            "botToken": text_of(&telegram, "botToken"),
            "chatId": text_of(&telegram, "chatId"),
        },
        "discord": {
            "enabled": flag(&discord, "enabled"),
            "webhookUrl": text_of(&discord, "webhookUrl"),
        },
    })
}

fn flag(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name) == Some(&Value::Bool(true))
}

fn text_of(fields: &Map<String, Value>, name: &str) -> String {
    match fields.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn recipients(email: &Map<String, Value>) -> Vec<&str> {
    let items = email.get("recipients").and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).collect()
}

async fn post(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    channels::check_names(&fields, &["email", "telegram", "discord"])?;
    let mut given = Map::new();
    for (name, value) in sanitise(fields) {
        let Value::Object(fields) = value else {
            let message = format!("{name} must be an object");
            return Err(ApiError::bad_value(name, message));
        };
        let fields = if name == "email" { flat(fields)? } else { fields };
        given.insert(name, fields.into());
    }
    channels::check(&given, Scope::Everything, &app.config.webhook_hosts)?;
    let saved = json!({ "success": true, "message": "Configuration saved" });
    if given.is_empty() {
        return Ok(answer::ok(&saved));
    }
    settings::update(&app, KEY, move |value| {
        let mut stored = value.as_object().cloned().unwrap_or_default();
        let before = stored.get("channels").and_then(Value::as_object);
        let mut channels = before.cloned().unwrap_or_else(default_channels);
        let mut given = Value::Object(given);
        keep_secrets(&mut given, stored.get("channels"));
        for (name, fields) in given.as_object_mut().into_iter().flatten() {
            match (channels.get_mut(name).and_then(Value::as_object_mut), fields.as_object_mut()) {
                (Some(channel), Some(fields)) => channel.append(fields),
                _ => drop(channels.insert(name.clone(), fields.take())),
            }
        }
        stored.insert("channels".to_owned(), channels.into());
        *value = stored.into();
        Ok(())
    })
    .await?;
    let what = "A channel of alerts was changed".to_owned();
    audit::note(&app, identity.as_ref(), CHANGED, what).await;
    Ok(answer::ok(&saved))
}

/// `{smtp:{host,port,secure,auth:{user,pass}},to}` in the words of the
/// settings.
fn flat(mut email: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let mut renamed = Map::new();
    let mut take = |from: Option<&Value>, to: &str| {
        if let Some(value) = from {
            renamed.insert(to.to_owned(), value.clone());
        }
    };
    let smtp = inner(email.remove("smtp"), "email.smtp")?;
    let auth = inner(smtp.get("auth").cloned(), "email.smtp.auth")?;
    take(smtp.get("host"), "smtpHost");
    take(smtp.get("port"), "smtpPort");
    take(smtp.get("secure"), "smtpSecure");
    take(auth.get("user"), "username");
    take(auth.get("pass"), "password");
    match email.remove("to") {
        Some(Value::String(to)) => {
            let addresses = to.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
            renamed.insert("recipients".to_owned(), addresses.collect());
        }
        other => take_list(&mut renamed, other),
    }
    email.extend(renamed);
    Ok(email)
}

fn take_list(renamed: &mut Map<String, Value>, to: Option<Value>) {
    if let Some(to) = to {
        renamed.insert("recipients".to_owned(), to);
    }
}

fn inner(value: Option<Value>, field: &'static str) -> Result<Map<String, Value>, ApiError> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(fields)) => Ok(fields),
        Some(_) => Err(ApiError::bad_value(field, format!("{field} must be an object"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialogs_speak_of_the_same() {
        let posted = json!({
            "enabled": true, "to": "a@example.com, b@example.com",
            "smtp": { "host": "smtp.example.com", "port": 465, "secure": true,
                "auth": { "user": "u", "pass": "hush" } },
        });
        let Value::Object(posted) = posted else { panic!() };
        let stored = json!({ "email": flat(posted).unwrap() });
        assert_eq!(stored["email"]["recipients"], json!(["a@example.com", "b@example.com"]));
        assert_eq!(stored["email"]["password"], "hush");
        let shown = render(Some(&stored));
        let expected = json!({
            "enabled": true, "to": "a@example.com, b@example.com",
            "smtp": { "host": "smtp.example.com", "port": 465, "secure": true,
                "auth": { "user": "u" } },
        });
        assert_eq!(shown["email"], expected);
        assert_eq!(render(None)["email"]["smtp"]["port"], 587);
        assert!(flat(Map::from_iter([("smtp".to_owned(), json!(5))])).is_err());
    }
}
