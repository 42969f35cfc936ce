//! `/api/flight-sheets`: named sets of miner settings. Applying one merges it
//! into the settings; the miner takes it up at its next start.

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
use super::super::schema::{Schema, anything, boolean, exactly, list, object, text};
use super::miner_config::{self, Caller};
use super::text::{is_falsy, is_id, name, sanitise};
use super::{miner_config::schema, settings};
use crate::access::Access;
use crate::app::SharedApp;

const SHEETS: &str = "flight_sheets";
/// The id as it is, not as JSON.
const ACTIVE: &str = "active_flight_sheet";
/// All are read at once.
const MAX_SHEETS: usize = 200;
const MAX_SHEET_BYTES: usize = 16 * 1024;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/flight-sheets", Access::VIEW, list_all).doc(|| {
            Doc::new("The flight sheets").gives(object([
                ("success", exactly(true)),
                ("sheets", list(sheet())),
                ("activeSheet", text().or_null()),
            ]))
        }),
        Route::post("/api/flight-sheets", Access::OPERATE, add).doc(|| {
            Doc::new("Keep a flight sheet")
                .takes(object([
                    ("name", text().like(super::text::NAME_PATTERN)),
                    ("config", schema::posted()),
                ]))
                .gives(object([("success", exactly(true)), ("sheet", sheet())]))
                .refuses(409, "Two names of a setting differ, or there are too many sheets")
        }),
        Route::post("/api/flight-sheets/{id}/apply", Access::OPERATE, apply).doc(|| {
            Doc::new("Merge a flight sheet into the settings of the miner")
                .path("id", text())
                .gives(object([("success", exactly(true)), ("restartRequired", boolean())]))
                .refuses(404, "There is no such sheet")
                .refuses(409, "The settings or the sheet cannot be used")
        }),
        Route::delete("/api/flight-sheets/{id}", Access::OPERATE, delete).doc(|| {
            Doc::new("Forget a flight sheet")
                .path("id", text())
                .gives(object([("success", exactly(true))]))
                .refuses(404, "There is no such sheet")
        }),
    ]
}

/// Of what Node has stored nothing is certain.
fn sheet() -> Schema {
    object([])
        .with("id", anything())
        .with("name", anything())
        .with("config", anything())
        .with("createdAt", anything())
}

async fn list_all(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let stored = settings::load(&app, SHEETS).await?;
    let stored = stored.as_array().map(Vec::as_slice).unwrap_or_default();
    let sheets: Vec<Value> = stored.iter().filter_map(Value::as_object).map(render).collect();
    let active = app.store.config().get(ACTIVE).await?.filter(|id| !id.is_empty());
    Ok(answer::ok(&json!({ "success": true, "sheets": sheets, "activeSheet": active })))
}

/// Without the passwords in its settings.
fn render(sheet: &Map<String, Value>) -> Value {
    let mut shown = sheet.clone();
    if let Some(config) = shown.get_mut("config") {
        *config = miner_config::masked(config);
    }
    shown.into()
}

async fn add(
    State(app): State<SharedApp>,
    caller: Caller,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let fields = sanitise(fields);
    let titled = |title: &'static str, error: ApiError| ApiError { error: title.into(), ..error };
    // NODE-COMPAT: Node's sentences.
    for field in ["name", "config"] {
        if is_falsy(fields.get(field)) {
            let message = format!("{field} must be there");
            return Err(titled(
                "Name and config are required",
                ApiError::bad_value(field, message),
            ));
        }
    }
    let name = name("name", fields.get("name").unwrap_or(&Value::Null))
        .map_err(|error| titled("Name must be between 1 and 100 characters", error))?;
    let Some(Value::Object(config)) = fields.get("config") else {
        return Err(ApiError::bad_value("config", "config must be an object"));
    };
    if Value::Object(config.clone()).to_string().len() > MAX_SHEET_BYTES {
        let message = "The config has more than 16 KiB";
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "Request too large", message));
    }
    // A sheet is a change in waiting: whoever may not make it may not leave it
    // for others to make.
    let config = miner_config::checked(&app, &caller, config.clone()).await?;
    let mut sheet = Map::from_iter([
        ("id".to_owned(), Value::Null),
        ("name".to_owned(), name.into()),
        ("config".to_owned(), config.into()),
    ]);
    let sheet = settings::update(&app, SHEETS, move |stored| {
        if stored.is_null() {
            *stored = json!([]);
        }
        let Some(sheets) = stored.as_array_mut() else { return Err(unreadable()) };
        if sheets.len() >= MAX_SHEETS {
            let message = format!("There are {MAX_SHEETS} already; delete some");
            return Err(ApiError::new(StatusCode::CONFLICT, "Too many flight sheets", message));
        }
        // NODE-COMPAT: the id is the time; the next free one within the same
        // millisecond.
        let taken = |ms: i64| sheets.iter().any(|sheet| id_of(sheet) == ms.to_string());
        let created_ms = (now_ms()..).find(|ms| !taken(*ms)).unwrap_or_default();
        sheet.insert("id".to_owned(), created_ms.to_string().into());
        sheet.insert("createdAt".to_owned(), created_ms.into());
        sheets.push(sheet.clone().into());
        Ok(sheet)
    })
    .await?;
    Ok(answer::ok(&json!({ "success": true, "sheet": render(&sheet) })))
}

async fn apply(
    State(app): State<SharedApp>,
    Part(id): Part,
    caller: Caller,
    // There is nothing to say in it, but a damaged one is refused.
    _: Fields,
) -> Result<Response, ApiError> {
    let stored = settings::load(&app, SHEETS).await?;
    let found = stored.as_array().and_then(|sheets| sheets.iter().find(|sheet| id_of(sheet) == id));
    let sheet = found.filter(|_| is_id(&id)).ok_or_else(not_found)?;
    let Some(config) = sheet.get("config").and_then(Value::as_object) else {
        let message = "The config of this sheet is not an object";
        return Err(ApiError::new(StatusCode::CONFLICT, "Failed to apply flight sheet", message));
    };
    let what_for = format!(" by flight sheet {id}");
    let posted = sanitise(config.clone());
    let applied = miner_config::apply(&app, &caller, posted, &what_for).await?;
    app.store.config().set(ACTIVE, id).await?;
    let restart = applied.restart_needed();
    Ok(answer::ok(&json!({ "success": true, "restartRequired": restart })))
}

async fn delete(State(app): State<SharedApp>, Part(id): Part) -> Result<Response, ApiError> {
    let gone = id.clone();
    settings::update(&app, SHEETS, move |stored| {
        let sheets = stored.as_array_mut().ok_or_else(not_found)?;
        let before = sheets.len();
        sheets.retain(|sheet| id_of(sheet) != gone);
        if sheets.len() == before { Err(not_found()) } else { Ok(()) }
    })
    .await?;
    let clear = move |active: Option<String>| match active {
        Some(active) if active == id => (Some(String::new()), ()),
        _ => (None, ()),
    };
    app.store.config().update(ACTIVE, clear).await?;
    Ok(answer::ok(&json!({ "success": true })))
}

fn id_of(sheet: &Value) -> String {
    sheet.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn not_found() -> ApiError {
    let message = "There is no flight sheet with this id";
    ApiError::new(StatusCode::NOT_FOUND, "Flight sheet not found", message)
}

fn unreadable() -> ApiError {
    let message = "The entry flight_sheets of the table config is not a list; mend or delete it";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Stored setting unreadable", message)
}
