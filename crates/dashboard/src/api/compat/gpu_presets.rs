//! `/api/gpu/presets`: named settings of cards, kept for whoever applies them.
//! The list is Node's, which gives an entry no id: its time of creation is one
//! (deviation R10).

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_engine::clock::now_ms;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::path::Part;
use super::super::routes::Route;
use super::super::schema::{
    Schema, anything, either, exactly, integer, list, object, text, time_ms,
};
use super::text::{is_falsy, name_as_sent};
use super::{body_number, gpu_settings, number, settings};
use crate::access::Access;
use crate::app::SharedApp;

const KEY: &str = "gpu_presets";
/// All are read at once.
const MAX_PRESETS: usize = 500;
const MAX_SETTINGS_BYTES: usize = 4 * 1024;
const MAX_GPU: f64 = 255.0;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/gpu/presets", Access::VIEW, list_all).doc(|| {
            Doc::new("The presets for cards")
                .gives(object([("success", exactly(true)), ("presets", list(preset()))]))
        }),
        Route::post("/api/gpu/presets", Access::OPERATE, add).doc(|| {
            Doc::new("Keep a preset")
                .takes(object([
                    ("name", text().like(super::text::NAME_PATTERN)),
                    ("gpuId", gpu_id()),
                    ("settings", gpu_settings::tuning()),
                ]))
                .gives(object([("success", exactly(true)), ("id", text())]))
                .refuses(409, "There are too many")
        }),
        Route::get("/api/gpu/presets/{id}", Access::VIEW, get).doc(|| {
            Doc::new("A preset")
                .path("id", text())
                .gives(object([("success", exactly(true)), ("preset", preset())]))
                .refuses(404, "There is no such preset")
        }),
        Route::delete("/api/gpu/presets/{id}", Access::OPERATE, delete).doc(|| {
            Doc::new("Forget a preset")
                .path("id", text())
                .gives(object([("success", exactly(true))]))
                .refuses(404, "There is no such preset")
        }),
    ]
}

fn gpu_id() -> Schema {
    either([integer().between(0.0, MAX_GPU), text().like("^([0-9]|[1-9][0-9]|1[0-9]{2})$")])
}

/// Of what Node has stored nothing but the id is certain.
fn preset() -> Schema {
    object([("id", text())])
        .with("name", anything())
        .with("gpuId", anything())
        .with("settings", anything())
        .with("createdAt", either([time_ms(), anything()]))
}

async fn list_all(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let stored = settings::load(&app, KEY).await?;
    let presets: Vec<Value> = with_ids(&stored).map(|(id, preset)| render(id, preset)).collect();
    Ok(answer::ok(&json!({ "success": true, "presets": presets })))
}

async fn get(State(app): State<SharedApp>, Part(id): Part) -> Result<Response, ApiError> {
    let stored = settings::load(&app, KEY).await?;
    let found = with_ids(&stored).find(|(of, _)| *of == id).ok_or_else(not_found)?;
    Ok(answer::ok(&json!({ "success": true, "preset": render(found.0, found.1) })))
}

async fn add(State(app): State<SharedApp>, Fields(fields): Fields) -> Result<Response, ApiError> {
    let preset = parse(&fields)?;
    let id = settings::update(&app, KEY, move |stored| {
        if stored.is_null() {
            *stored = json!([]);
        }
        let Some(presets) = stored.as_array_mut() else { return Err(unreadable()) };
        if presets.len() >= MAX_PRESETS {
            let message = format!("There are {MAX_PRESETS} already; delete some");
            return Err(ApiError::new(StatusCode::CONFLICT, "Too many presets", message));
        }
        let taken = |ms: i64| presets.iter().any(|preset| preset["createdAt"] == ms);
        let created_ms = (now_ms()..).find(|ms| !taken(*ms)).unwrap_or_default();
        let mut preset = preset;
        preset.insert("createdAt".to_owned(), created_ms.into());
        presets.push(preset.into());
        Ok(created_ms.to_string())
    })
    .await?;
    Ok(answer::ok(&json!({ "success": true, "id": id })))
}

async fn delete(State(app): State<SharedApp>, Part(id): Part) -> Result<Response, ApiError> {
    settings::update(&app, KEY, move |stored| {
        let index = position(stored, &id).ok_or_else(not_found)?;
        if let Some(presets) = stored.as_array_mut() {
            presets.remove(index);
        }
        Ok(())
    })
    .await?;
    Ok(answer::ok(&json!({ "success": true })))
}

fn parse(fields: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let missing = |field: &'static str, message: &'static str| {
        // NODE-COMPAT: Node's sentence.
        let error = "Name, gpuId, and settings are required";
        ApiError { error: error.into(), ..ApiError::bad_value(field, message) }
    };
    let has = |name: &str| !is_falsy(fields.get(name));
    if !has("name") {
        return Err(missing("name", "name must be a text"));
    }
    if fields.get("gpuId").is_none_or(|value| value.is_null() || value == "") {
        return Err(missing("gpuId", "gpuId must be a number"));
    }
    if !has("settings") {
        return Err(missing("settings", "settings must be an object"));
    }
    let gpu = body_number(fields, "gpuId", 0.0, 0.0..=MAX_GPU)?;
    if gpu.fract() != 0.0 {
        return Err(ApiError::bad_value("gpuId", "gpuId must be a whole number"));
    }
    let settings = match fields.get("settings") {
        Some(Value::Object(settings)) => settings,
        _ => return Err(ApiError::bad_value("settings", "settings must be an object")),
    };
    gpu_settings::check(settings)?;
    if Value::Object(settings.clone()).to_string().len() > MAX_SETTINGS_BYTES {
        let error = "The settings have more than 4 KiB";
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "Request too large", error));
    }
    let given = fields.get("name").unwrap_or(&Value::Null);
    Ok(Map::from_iter([
        ("name".to_owned(), name_as_sent("name", given)?.into()),
        ("gpuId".to_owned(), number(gpu)),
        ("settings".to_owned(), settings.clone().into()),
    ]))
}

/// The entries with their ids. Node may have made two in one millisecond; the
/// later ones are told apart by their number.
fn with_ids(stored: &Value) -> impl Iterator<Item = (String, &Map<String, Value>)> {
    let presets = stored.as_array().map(Vec::as_slice).unwrap_or_default();
    (0..presets.len())
        .filter_map(|index| Some((id_at(presets, index)?, presets.get(index)?.as_object()?)))
}

fn id_at(presets: &[Value], index: usize) -> Option<String> {
    let time = |preset: &Value| preset.get("createdAt").and_then(Value::as_i64).unwrap_or(0);
    let own = time(presets.get(index)?);
    let before = presets.iter().take(index).filter(|preset| time(preset) == own).count();
    Some(if before == 0 { own.to_string() } else { format!("{own}-{before}") })
}

fn position(stored: &Value, id: &str) -> Option<usize> {
    let presets = stored.as_array()?;
    (0..presets.len()).find(|index| id_at(presets, *index).as_deref() == Some(id))
}

fn render(id: String, preset: &Map<String, Value>) -> Value {
    let mut preset = preset.clone();
    preset.insert("id".to_owned(), id.into());
    preset.into()
}

fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "Preset not found", "There is no preset with this id")
}

fn unreadable() -> ApiError {
    let message = "The entry gpu_presets of the table config is not a list; mend or delete it";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Stored setting unreadable", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_an_id_of_its_own() {
        let stored = json!([
            { "name": "a", "createdAt": 5 },
            { "name": "b", "createdAt": 5 },
            7,
            { "name": "c" },
            { "name": "d", "createdAt": 6 },
        ]);
        let ids: Vec<_> =
            with_ids(&stored).map(|(id, preset)| (id, preset["name"].clone())).collect();
        let expected = [("5", "a"), ("5-1", "b"), ("0-1", "c"), ("6", "d")];
        assert_eq!(ids, expected.map(|(id, name)| (id.to_owned(), json!(name))));
        assert_eq!(position(&stored, "5-1"), Some(1));
        assert_eq!(position(&json!("garbage"), "5"), None);
    }
}
