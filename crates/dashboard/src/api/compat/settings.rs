//! JSON values in Node's `config` table, and in our own table of what the
//! dashboard remembers, which Node does not see.

use serde_json::Value;

use super::super::error::ApiError;
use crate::app::App;

/// The value, or null where there is none.
pub async fn load(app: &App, key: &'static str) -> Result<Value, ApiError> {
    parse("config", key, app.store.config().get(key).await?)
}

pub async fn save(app: &App, key: &'static str, value: &Value) -> Result<(), ApiError> {
    Ok(app.store.config().set(key, value.to_string()).await?)
}

/// Changes a value, with nothing in between; a refusal leaves it as it was.
/// Where there is none, `change` is given null.
pub async fn update<T: Send + 'static>(
    app: &App,
    key: &'static str,
    change: impl FnOnce(&mut Value) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    app.store.config().update(key, changing("config", key, change)).await?
}

/// [`load`] from our own table.
pub async fn load_own(app: &App, key: &'static str) -> Result<Value, ApiError> {
    parse("qm_state", key, app.store.state().get(key).await?)
}

/// [`update`] in our own table.
pub async fn update_own<T: Send + 'static>(
    app: &App,
    key: &'static str,
    change: impl FnOnce(&mut Value) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    app.store.state().update(key, changing("qm_state", key, change)).await?
}

fn changing<T>(
    table: &'static str,
    key: &'static str,
    change: impl FnOnce(&mut Value) -> Result<T, ApiError>,
) -> impl FnOnce(Option<String>) -> (Option<String>, Result<T, ApiError>) {
    move |old| {
        let mut value = match parse(table, key, old) {
            Ok(value) => value,
            Err(error) => return (None, Err(error)),
        };
        match change(&mut value) {
            Ok(result) => (Some(value.to_string()), Ok(result)),
            Err(error) => (None, Err(error)),
        }
    }
}

/// What is there but cannot be read is not overwritten.
fn parse(table: &str, key: &str, text: Option<String>) -> Result<Value, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Value::Null) };
    serde_json::from_str(&text).map_err(|error| {
        ApiError::new(
            hyper::StatusCode::SERVICE_UNAVAILABLE,
            "Stored setting unreadable",
            format!(
                "The entry {key} of the table {table} is not valid JSON ({error}); mend or delete it"
            ),
        )
    })
}
