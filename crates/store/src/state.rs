//! What the dashboard remembers about itself, by name.

use rusqlite::{Connection, OptionalExtension};

use crate::Store;
use crate::error::StoreError;

pub struct State<'a>(pub(crate) &'a Store);

impl State<'_> {
    pub async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let key = key.to_owned();
        self.0.read(move |connection| get(connection, &key)).await
    }

    pub async fn set(&self, key: &str, value: String) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.0.write(move |connection| set(connection, &key, &value)).await
    }

    /// As [`crate::Config::update`].
    pub async fn update<T: Send + 'static>(
        &self,
        key: &'static str,
        change: impl FnOnce(Option<String>) -> (Option<String>, T) + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0
            .write(move |connection| {
                let (value, result) = change(get(connection, key)?);
                if let Some(value) = value {
                    set(connection, key, &value)?;
                }
                Ok(result)
            })
            .await
    }

    /// `false` if there was nothing of that name.
    pub async fn remove(&self, key: &str) -> Result<bool, StoreError> {
        let key = key.to_owned();
        self.0
            .write(move |connection| {
                Ok(connection.execute("DELETE FROM qm_state WHERE key = ?1", [key])? > 0)
            })
            .await
    }
}

pub(crate) fn get(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT value FROM qm_state WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

pub(crate) fn set(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO qm_state (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute((key, value))?;
    Ok(())
}
