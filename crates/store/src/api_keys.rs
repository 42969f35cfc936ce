//! Our API keys, by their hash. Node's own keys stay in `users`.

use quaiminer_domain::access::Role;
use rusqlite::Row;

use crate::error::StoreError;
use crate::users::{Account, find, role_of};
use crate::{MAX_ROWS, Store, TokenHash};

/// The last use is noted this often at most, for a disk that wears.
const NOTE_EVERY_MS: i64 = 3_600_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: i64,
    pub user_id: i64,
    pub user_name: String,
    pub label: String,
    pub role: Role,
    pub prefix: String,
    pub created_ms: i64,
    /// To the hour.
    pub last_used_ms: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    pub hash: TokenHash,
    pub user_id: i64,
    pub label: String,
    pub role: Role,
    pub prefix: String,
    pub created_ms: i64,
}

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    pub account: Account,
    /// What the key allows at most.
    pub role: Role,
    /// Whether [`ApiKeys::note_use`] has something to note.
    pub is_note_due: bool,
}

pub struct ApiKeys<'a>(pub(crate) &'a Store);

const SELECT: &str = "
    SELECT qm_api_keys.id, user_id, username, label, qm_api_keys.role, prefix, created_ms,
        last_used_ms
    FROM qm_api_keys JOIN users ON users.id = user_id";

impl ApiKeys<'_> {
    pub async fn holder(
        &self,
        hash: TokenHash,
        now_ms: i64,
    ) -> Result<Option<KeyHolder>, StoreError> {
        self.0
            .read(move |connection| {
                let mut select =
                    connection.prepare_cached(&format!("{SELECT} WHERE key_hash = ?1"))?;
                let Some(key) = select.query_map([hash], key)?.next().transpose()? else {
                    return Ok(None);
                };
                let noted_ms = key.last_used_ms.unwrap_or(i64::MIN);
                Ok(find(connection, "users.id = ?1", [key.user_id])?.map(|account| KeyHolder {
                    account,
                    role: key.role,
                    is_note_due: noted_ms < now_ms.saturating_sub(NOTE_EVERY_MS),
                }))
            })
            .await
    }

    pub async fn note_use(&self, hash: TokenHash, now_ms: i64) -> Result<(), StoreError> {
        self.0
            .write(move |connection| {
                connection.execute(
                    "UPDATE qm_api_keys SET last_used_ms = ?2 WHERE key_hash = ?1",
                    (hash, now_ms),
                )?;
                Ok(())
            })
            .await
    }

    /// Those of a user, or all.
    pub async fn list(&self, user_id: Option<i64>) -> Result<Vec<ApiKey>, StoreError> {
        self.0
            .read(move |connection| {
                let mut select = connection.prepare(&format!(
                    "{SELECT} WHERE ?1 IS NULL OR user_id = ?1 ORDER BY qm_api_keys.id LIMIT ?2"
                ))?;
                let keys = select.query_map((user_id, MAX_ROWS), key)?;
                Ok(keys.collect::<rusqlite::Result<_>>()?)
            })
            .await
    }

    /// `None` if the user has as many as a user may have.
    pub async fn create(&self, key: NewApiKey, most: u32) -> Result<Option<i64>, StoreError> {
        self.0
            .write(move |connection| {
                let has: u32 = connection.query_row(
                    "SELECT count(*) FROM qm_api_keys WHERE user_id = ?1",
                    [key.user_id],
                    |row| row.get(0),
                )?;
                if has >= most {
                    return Ok(None);
                }
                connection.execute(
                    "INSERT INTO qm_api_keys (key_hash, user_id, label, role, prefix, created_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    (key.hash, key.user_id, key.label, key.role.name(), key.prefix, key.created_ms),
                )?;
                Ok(Some(connection.last_insert_rowid()))
            })
            .await
    }

    /// Another secret for the same key. `false` if there is no such key, or it
    /// is not the user's.
    pub async fn rotate(
        &self,
        id: i64,
        of_user: Option<i64>,
        hash: TokenHash,
        prefix: String,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let changed = connection.execute(
                    "UPDATE qm_api_keys
                     SET key_hash = ?3, prefix = ?4, created_ms = ?5, last_used_ms = NULL
                     WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2)",
                    (id, of_user, hash, prefix, now_ms),
                )?;
                Ok(changed > 0)
            })
            .await
    }

    pub async fn delete(&self, id: i64, of_user: Option<i64>) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let removed = connection.execute(
                    "DELETE FROM qm_api_keys WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2)",
                    (id, of_user),
                )?;
                Ok(removed > 0)
            })
            .await
    }
}

fn key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: row.get(0)?,
        user_id: row.get(1)?,
        user_name: row.get(2)?,
        label: row.get(3)?,
        role: role_of(&row.get::<_, String>(4)?),
        prefix: row.get(5)?,
        created_ms: row.get(6)?,
        last_used_ms: row.get(7)?,
    })
}
