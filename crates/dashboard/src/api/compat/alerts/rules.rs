//! `/api/alerts/rules` and `/api/alerts/history`: Node's tables, which its page
//! asks for and Node does not serve.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_store::{AlertRecord, AlertRule, Cell};
use serde_json::{Map, Value, json};

use super::super::super::answer;
use super::super::super::body::Fields;
use super::super::super::describe::Doc;
use super::super::super::error::ApiError;
use super::super::super::path::Part;
use super::super::super::query::Query;
use super::super::super::routes::Route;
use super::super::super::schema::{
    Schema, anything, boolean, count, either, exactly, integer, list, number, object, one_of, text,
};
use super::super::super::v1::users::name_schema;
use super::super::audit;
use super::super::blocks::cell;
use super::super::body_number;
use super::super::text::{is_id, name};
use super::CHANGED;
use super::channels::NAMES;
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::SharedApp;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 500;
const MAX_RULES: u32 = 100;
const MAX_COOLDOWN_S: f64 = 7.0 * 86_400.0;
const OPERATORS: [&str; 7] = [
    "equals",
    "notEquals",
    "greaterThan",
    "lessThan",
    "greaterThanOrEqual",
    "lessThanOrEqual",
    "contains",
];
const NOT_WATCHED: &str = "Rules are kept, but this version does not watch them yet";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/alerts/rules", Access::VIEW, list_rules).doc(|| {
            let rule = object([
                ("id", text()),
                ("name", text()),
                ("type", text()),
                ("condition", object([])),
                ("enabled", boolean()),
                ("channels", list(text())),
                ("cooldown", integer().about("Seconds")),
            ]);
            let rules = object([("success", exactly(true)), ("rules", list(rule))]);
            Doc::new("Rules that are kept; nothing watches them yet")
                .gives(rules.with_availability())
        }),
        Route::post("/api/alerts/rules", Access::OPERATE, put).doc(|| {
            Doc::new("Makes a rule, or replaces the one of that id")
                .takes(rule_schema())
                .gives(object([("success", exactly(true)), ("rule", object([]))]))
                .refuses(409, "There are too many rules")
        }),
        Route::delete("/api/alerts/rules/{id}", Access::OPERATE, delete).doc(|| {
            Doc::new("Deletes a rule and what it has told")
                .path("id", text().like("^[A-Za-z0-9_-]{1,100}$"))
                .gives(object([("success", exactly(true))]))
                .refuses(404, "There is no such rule")
        }),
        Route::get("/api/alerts/history", Access::VIEW, history).doc(|| {
            let record = object([
                ("id", integer()),
                ("rule_id", anything()),
                ("rule_name", anything()),
                ("type", anything()),
                ("message", anything()),
                ("timestamp", anything()),
                ("channels", list(text())),
            ]);
            Doc::new("What rules have told, newest first")
                .query("limit", count())
                .gives(object([("success", exactly(true)), ("history", list(record))]))
        }),
    ]
}

fn rule_schema() -> Schema {
    let seconds = integer().between(0.0, MAX_COOLDOWN_S);
    let value = either([number(), boolean(), text().like("^[^<>]{0,200}$")]);
    let condition = object([
        ("field", text().like("^[A-Za-z0-9_.]{1,100}$")),
        ("operator", one_of(&OPERATORS)),
        ("value", value),
    ]);
    object([
        ("id", text().like("^[A-Za-z0-9_-]{1,100}$")),
        ("name", name_schema()),
        ("type", text().like("^[A-Za-z0-9_-]{1,100}$")),
        ("condition", condition),
        ("channels", list(one_of(&NAMES)).at_most(NAMES.len())),
    ])
    .with("enabled", boolean())
    .with("cooldown", either([seconds, text().like("^[0-9]{0,5}$")]).or_null())
}

async fn list_rules(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let rules = app.store.alerts().rules().await?;
    let rules: Vec<Value> = rules.iter().map(render).collect();
    Ok(answer::ok(&json!({
        "success": true, "rules": rules, "available": false, "reason": NOT_WATCHED,
    })))
}

/// Whatever is in the file, the page gets an object and a list.
fn render(rule: &AlertRule) -> Value {
    let condition: Map<String, Value> = serde_json::from_str(&rule.condition).unwrap_or_default();
    json!({
        "id": rule.id,
        "name": rule.name,
        "type": rule.kind,
        "condition": condition,
        "enabled": rule.enabled,
        "channels": texts(&rule.channels),
        "cooldown": rule.cooldown_s,
    })
}

fn texts(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

async fn put(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let rule = parse(&fields)?;
    let rendered = render(&rule);
    let what = format!("The alert rule \"{}\" was saved", rule.name);
    if !app.store.alerts().put_rule(rule, MAX_RULES).await? {
        let message = format!("There are {MAX_RULES} rules: delete one first");
        return Err(ApiError::new(StatusCode::CONFLICT, "Too many rules", message));
    }
    audit::note(&app, identity.as_ref(), CHANGED, what).await;
    Ok(answer::ok(&json!({ "success": true, "rule": rendered })))
}

fn parse(fields: &Map<String, Value>) -> Result<AlertRule, ApiError> {
    let id = |field: &'static str| match fields.get(field).and_then(Value::as_str) {
        Some(text) if is_id(text) => Ok(text.to_owned()),
        _ => Err(ApiError::bad_value(
            field,
            format!("{field} must have 1 to 100 letters, digits, _ or -"),
        )),
    };
    let enabled = match fields.get("enabled") {
        None => true,
        Some(Value::Bool(enabled)) => *enabled,
        Some(_) => return Err(ApiError::bad_value("enabled", "enabled must be true or false")),
    };
    let cooldown_s = body_number(fields, "cooldown", 300.0, 0.0..=MAX_COOLDOWN_S)?;
    if cooldown_s.fract() != 0.0 {
        return Err(ApiError::bad_value("cooldown", "cooldown must be whole seconds"));
    }
    Ok(AlertRule {
        id: id("id")?,
        name: name("name", fields.get("name").unwrap_or(&Value::Null))?,
        kind: id("type")?,
        condition: condition(fields)?.to_string(),
        enabled,
        channels: channels(fields)?.to_string(),
        cooldown_s: cooldown_s as i64,
    })
}

/// `{field, operator, value}`, as Node compares.
fn condition(fields: &Map<String, Value>) -> Result<Value, ApiError> {
    let wrong = |message: String| ApiError::bad_value("condition", message);
    let condition = fields.get("condition").and_then(Value::as_object);
    let text = |name: &str| condition.and_then(|condition| condition.get(name)?.as_str());
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let field = text("field")
        .filter(|text| (1..=100).contains(&text.len()) && text.chars().all(allowed))
        .ok_or_else(|| wrong("condition.field must be a name such as temperature".to_owned()))?;
    let operator =
        text("operator").filter(|operator| OPERATORS.contains(operator)).ok_or_else(|| {
            wrong(format!("condition.operator must be one of {}", OPERATORS.join(", ")))
        })?;
    let value = condition
        .and_then(|condition| condition.get("value"))
        .filter(|value| match value {
            Value::Number(_) | Value::Bool(_) => true,
            Value::String(text) => text.chars().count() <= 200 && !text.contains(['<', '>']),
            _ => false,
        })
        .ok_or_else(|| {
            wrong("condition.value must be a number, a text, true or false".to_owned())
        })?;
    Ok(json!({ "field": field, "operator": operator, "value": value }))
}

fn channels(fields: &Map<String, Value>) -> Result<Value, ApiError> {
    let known = |item: &Value| item.as_str().is_some_and(|name| NAMES.contains(&name));
    match fields.get("channels") {
        Some(Value::Array(items)) if items.len() <= NAMES.len() && items.iter().all(known) => {
            Ok(Value::Array(items.clone()))
        }
        _ => Err(ApiError::bad_value(
            "channels",
            format!("channels must be a list of {}", NAMES.join(", ")),
        )),
    }
}

async fn delete(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    Part(id): Part,
) -> Result<Response, ApiError> {
    if !app.store.alerts().delete_rule(id.clone()).await? {
        let message = "There is no rule of that id";
        return Err(ApiError::new(StatusCode::NOT_FOUND, "Rule not found", message));
    }
    let what = format!("The alert rule {id} was deleted");
    audit::note(&app, identity.as_ref(), CHANGED, what).await;
    Ok(answer::ok(&json!({ "success": true })))
}

async fn history(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let limit = query.number("limit", DEFAULT_LIMIT, MAX_LIMIT)?;
    let records = app.store.alerts().history(limit).await?;
    let history: Vec<Value> = records.iter().map(render_record).collect();
    Ok(answer::ok(&json!({ "success": true, "history": history })))
}

fn render_record(record: &AlertRecord) -> Value {
    let channels = match &record.channels {
        Cell::Text(json) => texts(json),
        _ => Vec::new(),
    };
    json!({
        "id": record.id,
        "rule_id": cell(&record.rule_id),
        "rule_name": cell(&record.rule_name),
        "type": cell(&record.kind),
        "message": cell(&record.message),
        "timestamp": cell(&record.timestamp),
        "channels": channels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: (&str, Value)) -> Result<AlertRule, String> {
        let mut body = json!({
            "id": "rule_1", "name": "Hot", "type": "gpu_temp", "enabled": true, "cooldown": 300,
            "condition": { "field": "temperature", "operator": "greaterThan", "value": 80 },
            "channels": ["email"],
        });
        body[change.0] = change.1;
        let Value::Object(fields) = body else { panic!() };
        parse(&fields).map_err(|error| error.field.unwrap().into_owned())
    }

    #[test]
    fn rules_as_the_page_makes_them() {
        let rule = check(("enabled", json!(false))).unwrap();
        assert_eq!((rule.cooldown_s, rule.enabled), (300, false));
        let back = render(&rule);
        assert_eq!(back["condition"]["value"], 80);
        assert_eq!(back["channels"], json!(["email"]));
        let broken = AlertRule { condition: "{".into(), channels: "email".into(), ..rule };
        assert_eq!(render(&broken)["condition"], json!({}));
        assert_eq!(render(&broken)["channels"], json!([]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let condition = |field: &str, operator: &str, value: Value| json!({ "field": field, "operator": operator, "value": value });
        for (field, value) in [
            ("id", json!("a b")),
            ("id", json!(5)),
            ("name", json!("<b>")),
            ("type", json!("")),
            ("enabled", json!("true")),
            ("cooldown", json!(-1)),
            ("cooldown", json!(1.5)),
            ("channels", json!("email")),
            ("channels", json!(["pager"])),
            ("condition", json!("temperature > 80")),
            ("condition", condition("a'b", "equals", json!(1))),
            ("condition", condition("a", "is", json!(1))),
            ("condition", condition("a", "equals", json!(null))),
            ("condition", condition("a", "equals", json!("<img>"))),
        ] {
            assert_eq!(check((field, value.clone())), Err(field.to_owned()), "{value}");
        }
    }
}
