//! JSON values in Node's `config` table.

use serde_json::Value;

use super::super::error::ApiError;
use crate::app::App;

/// The value, or null where there is none.
pub async fn load(app: &App, key: &'static str) -> Result<Value, ApiError> {
    parse(key, app.store.config().get(key).await?)
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
    let change = move |old: Option<String>| {
        let mut value = match parse(key, old) {
            Ok(value) => value,
            Err(error) => return (None, Err(error)),
        };
        match change(&mut value) {
            Ok(result) => (Some(value.to_string()), Ok(result)),
            Err(error) => (None, Err(error)),
        }
    };
    app.store.config().update(key, change).await?
}

/// What is there but cannot be read is not overwritten.
fn parse(key: &'static str, text: Option<String>) -> Result<Value, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Value::Null) };
    serde_json::from_str(&text).map_err(|error| {
        ApiError::new(
            hyper::StatusCode::SERVICE_UNAVAILABLE,
            "Stored setting unreadable",
            format!(
                "The entry {key} of the table config is not valid JSON ({error}); mend or delete it"
            ),
        )
    })
}
