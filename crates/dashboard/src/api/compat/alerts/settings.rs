//! GET and POST `/api/alerts/settings`.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::super::super::answer;
use super::super::super::body::Fields;
use super::super::super::describe::Doc;
use super::super::super::error::ApiError;
use super::super::super::routes::Route;
use super::super::super::schema::{anything, either, exactly, list, map, number, object, text};
use super::super::super::v1::users::name_schema;
use super::super::text::{is_id, name, sanitise};
use super::super::{audit, form, settings};
use super::channels::Scope;
use super::{CHANGED, KEY, channels, secrets};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::SharedApp;

const MAX_RULES: usize = 100;
const MAX_OTHERS: usize = 32;
/// Of what is stored.
const MAX_BYTES: usize = 256 * 1024;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/alerts/settings", Access::VIEW, get).doc(|| {
            let settings =
                object([("channels", map(anything())), ("rules", list(anything()))]);
            Doc::new("Channels, with their secrets masked, and rules")
                .gives(object([("success", exactly(true)), ("settings", settings)]))
        }),
        Route::post("/api/alerts/settings", Access::OPERATE, post).doc(|| {
            let id = either([number(), text().like("^[A-Za-z0-9_-]{1,100}$")]);
            let rule = object([]).with("id", id).with("name", name_schema());
            let body = object([])
                .with("channels", channels::schema().or_null())
                .with("rules", list(rule).at_most(MAX_RULES).or_null());
            Doc::new("Replaces the channels, and the rules unless none are given. A secret that is posted masked or empty is kept")
                .may_take(body)
                .gives(object([("success", exactly(true))]))
        }),
    ]
}

async fn get(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let settings = visible(settings::load(&app, KEY).await?);
    Ok(answer::ok(&json!({ "success": true, "settings": settings })))
}

/// Node's defaults, over them what is stored, without its secrets.
fn visible(stored: Value) -> Value {
    let mut stored = match stored {
        Value::Object(stored) => stored,
        _ => Map::new(),
    };
    let mut channels = match stored.remove("channels") {
        Some(Value::Object(channels)) => channels,
        Some(_) => Map::new(),
        None => default_channels(),
    };
    for channel in channels.values_mut() {
        match channel.as_object_mut() {
            Some(fields) => {
                secrets::mask(fields);
                to_list(fields, "recipients");
            }
            None => *channel = json!({ "enabled": false }),
        }
    }
    let mut rules = match stored.remove("rules") {
        Some(Value::Array(rules)) => rules,
        _ => Vec::new(),
    };
    for rule in rules.iter_mut().filter_map(Value::as_object_mut) {
        to_list(rule, "channels");
    }
    secrets::mask(&mut stored);
    stored.insert("channels".to_owned(), channels.into());
    stored.insert("rules".to_owned(), rules.into());
    stored.into()
}

/// NODE-COMPAT: Node's.
pub fn default_channels() -> Map<String, Value> {
    ["email", "sms", "telegram", "discord", "push"]
        .into_iter()
        .map(|name| (name.to_owned(), json!({ "enabled": false })))
        .collect()
}

/// Node stores anything, and its page stumbles over what is not a list.
fn to_list(object: &mut Map<String, Value>, name: &str) {
    if let Some(value) = object.get_mut(name).filter(|value| !value.is_array()) {
        let items = value.as_str().map(|text| vec![text.into()]).unwrap_or_default();
        *value = Value::Array(items);
    }
}

async fn post(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    if let Some(Value::Object(channels)) = fields.get("channels") {
        channels::check_names(channels, &channels::NAMES)?;
    }
    let mut fields = sanitise(fields);
    let rules = rules_of(&mut fields)?;
    let channels = channels_of(&mut fields)?;
    if let Some(channels) = &channels {
        channels::check(channels, Scope::Enabled, &app.config.webhook_hosts)?;
    }
    // NODE-COMPAT: what else a page keeps here, as far as it can do no harm.
    let others = form::show(&[], &Value::Object(fields)).into_iter().take(MAX_OTHERS).collect();
    settings::update(&app, KEY, move |value| {
        let stored = value.as_object().cloned().unwrap_or_default();
        let mut next = others;
        secrets::unmask(&mut next, Some(&stored));
        if let Some(channels) = channels {
            let mut channels = Value::Object(channels);
            keep_secrets(&mut channels, stored.get("channels"));
            next.insert("channels".to_owned(), channels);
        }
        if let Some(rules) = rules.or_else(|| stored.get("rules").cloned()) {
            next.insert("rules".to_owned(), rules);
        }
        let next = Value::Object(next);
        if next.to_string().len() > MAX_BYTES {
            let message = format!("All together may have {} KiB", MAX_BYTES / 1024);
            return Err(ApiError::bad_value("rules", message));
        }
        *value = next;
        Ok(())
    })
    .await?;
    let what = "The alert settings were changed".to_owned();
    audit::note(&app, identity.as_ref(), CHANGED, what).await;
    Ok(answer::ok(&json!({ "success": true })))
}

/// Puts stored secrets into channels that were posted masked.
pub fn keep_secrets(channels: &mut Value, stored: Option<&Value>) {
    for (name, channel) in channels.as_object_mut().into_iter().flatten() {
        if let Some(channel) = channel.as_object_mut() {
            let stored = stored.and_then(|stored| stored.get(name)?.as_object());
            secrets::unmask(channel, stored);
        }
    }
}

/// NODE-COMPAT: what Node takes for an object with the keys 0, 1 … is refused
/// in Node's words.
fn channels_of(fields: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, ApiError> {
    let keyed = |title: &'static str| {
        let message = "channels must be an object with a member for each channel";
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, title, message);
        error.field = Some("channels".into());
        error
    };
    match fields.remove("channels") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(channels)) => Ok(Some(channels)),
        Some(Value::Array(_) | Value::String(_)) => Err(keyed("Invalid channel: 0")),
        Some(_) => Err(keyed("Invalid channels")),
    }
}

/// NODE-COMPAT: its page always posts an empty list, which is to change
/// nothing.
fn rules_of(fields: &mut Map<String, Value>) -> Result<Option<Value>, ApiError> {
    let rules = match fields.remove("rules") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(rules)) if rules.len() <= MAX_RULES => rules,
        Some(_) => {
            let message = format!("rules must be a list of at most {MAX_RULES} objects");
            return Err(ApiError::bad_value("rules", message));
        }
    };
    for rule in &rules {
        let Some(rule) = rule.as_object() else {
            return Err(ApiError::bad_value("rules", "rules must be objects"));
        };
        if let Some(given) = rule.get("name") {
            name("name", given)?;
        }
        match rule.get("id") {
            None | Some(Value::Number(_)) => {}
            Some(Value::String(id)) if is_id(id) => {}
            Some(_) => {
                let message = "The id of a rule has letters, digits, _ and -";
                return Err(ApiError::bad_value("id", message));
            }
        }
    }
    Ok(Some(Value::Array(rules)).filter(|rules| *rules != json!([])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_defaults_where_nothing_is_stored() {
        let shown = visible(Value::Null);
        assert_eq!(shown["channels"]["push"], json!({ "enabled": false }));
        assert_eq!(shown["rules"], json!([]));
        assert_eq!(visible(json!({}))["channels"]["email"], json!({ "enabled": false }));
        // What is stored replaces all channels, as in Node.
        let stored = json!({ "channels": { "sms": { "enabled": true } }, "rules": [{ "id": 1 }] });
        assert_eq!(visible(stored.clone()), stored);
    }

    #[test]
    fn what_node_has_stored_unseen_does_not_reach_a_page() {
        let odd = json!({
            "channels": { "email": { "recipients": "a@b.c" }, "sms": null, "push": { "recipients": 5 } },
            "rules": [{ "channels": "email" }, null],
        });
        let shown = visible(odd);
        assert_eq!(shown["channels"]["email"]["recipients"], json!(["a@b.c"]));
        assert_eq!(shown["channels"]["push"]["recipients"], json!([]));
        assert_eq!(shown["rules"][0]["channels"], json!(["email"]));
        assert_eq!(
            visible(json!({ "channels": [1], "rules": "x" })),
            json!({ "channels": {}, "rules": [] })
        );
        assert_eq!(visible(json!("text"))["rules"], json!([]));
    }
}
