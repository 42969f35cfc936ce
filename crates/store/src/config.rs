//! NODE-COMPAT: Node's `config` table: texts by name, most of them JSON.

use rusqlite::{Connection, OptionalExtension};

use crate::Store;
use crate::cell::Cell;
use crate::error::StoreError;

pub struct Config<'a>(pub(crate) &'a Store);

impl Config<'_> {
    pub async fn get(&self, key: &'static str) -> Result<Option<String>, StoreError> {
        self.0.read(move |connection| get(connection, key)).await
    }

    pub async fn set(&self, key: &'static str, value: String) -> Result<(), StoreError> {
        self.0.write(move |connection| set(connection, key, &value)).await
    }

    /// Reads a value and writes what `change` makes of it, with nothing in
    /// between: two changes at the same moment are both kept. Where `change`
    /// gives no value, nothing is written.
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
}

fn get(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let found: Option<Cell> = connection
        .prepare_cached("SELECT value FROM config WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(found.map(|cell| match cell {
        Cell::Text(text) => text,
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Null => String::new(),
    }))
}

fn set(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO config (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE
             SET value = excluded.value, updated_at = CURRENT_TIMESTAMP",
        )?
        .execute((key, value))?;
    Ok(())
}
