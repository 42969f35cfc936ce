//! Secrets of one-time codes (RFC 6238), and the codes for the day on which
//! the device is lost. What a code is, the dashboard knows.

use rusqlite::{Connection, OptionalExtension};

use crate::error::StoreError;
use crate::{Store, TokenHash};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpSecret {
    pub secret: Vec<u8>,
    pub is_confirmed: bool,
}

pub struct Totp<'a>(pub(crate) &'a Store);

impl Totp<'_> {
    pub async fn get(&self, user_id: i64) -> Result<Option<TotpSecret>, StoreError> {
        self.0
            .read(move |connection| {
                let mut select = connection
                    .prepare_cached("SELECT secret, confirmed FROM qm_totp WHERE user_id = ?1")?;
                let found = select.query_row([user_id], |row| {
                    Ok(TotpSecret { secret: row.get(0)?, is_confirmed: row.get(1)? })
                });
                Ok(found.optional()?)
            })
            .await
    }

    /// A secret that is not asked for yet. `false` if one is in use.
    pub async fn begin(&self, user_id: i64, secret: Vec<u8>) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let changed = connection.execute(
                    "INSERT INTO qm_totp (user_id, secret, confirmed, last_step)
                     VALUES (?1, ?2, 0, 0)
                     ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret
                     WHERE NOT confirmed",
                    (user_id, secret),
                )?;
                Ok(changed > 0)
            })
            .await
    }

    /// From now on it is asked for. `false` if nothing was begun.
    pub async fn confirm(
        &self,
        user_id: i64,
        step: i64,
        recovery: Vec<TokenHash>,
    ) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let changed = connection.execute(
                    "UPDATE qm_totp SET confirmed = 1, last_step = ?2
                     WHERE user_id = ?1 AND NOT confirmed",
                    (user_id, step),
                )?;
                if changed == 0 {
                    return Ok(false);
                }
                connection
                    .execute("DELETE FROM qm_recovery_codes WHERE user_id = ?1", [user_id])?;
                let mut insert = connection.prepare(
                    "INSERT INTO qm_recovery_codes (code_hash, user_id) VALUES (?1, ?2)",
                )?;
                for hash in recovery {
                    insert.execute((hash, user_id))?;
                }
                Ok(true)
            })
            .await
    }

    /// Whether a code of this step is the first one: no code counts twice, nor
    /// one that is older than one that was used.
    pub async fn use_step(&self, user_id: i64, step: i64) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let changed = connection.execute(
                    "UPDATE qm_totp SET last_step = ?2 WHERE user_id = ?1 AND last_step < ?2",
                    (user_id, step),
                )?;
                Ok(changed > 0)
            })
            .await
    }

    /// Whether there was such a recovery code; it is used up.
    pub async fn use_recovery(&self, user_id: i64, hash: TokenHash) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let removed = connection.execute(
                    "DELETE FROM qm_recovery_codes WHERE user_id = ?1 AND code_hash = ?2",
                    (user_id, hash),
                )?;
                Ok(removed > 0)
            })
            .await
    }

    pub async fn recovery_codes_left(&self, user_id: i64) -> Result<u32, StoreError> {
        self.0
            .read(move |connection| {
                Ok(connection.query_row(
                    "SELECT count(*) FROM qm_recovery_codes WHERE user_id = ?1",
                    [user_id],
                    |row| row.get(0),
                )?)
            })
            .await
    }

    /// `false` if there was none.
    pub async fn remove(&self, user_id: i64) -> Result<bool, StoreError> {
        self.0.write(move |connection| remove(connection, user_id)).await
    }
}

pub(crate) fn remove(connection: &Connection, user_id: i64) -> Result<bool, StoreError> {
    connection.execute("DELETE FROM qm_recovery_codes WHERE user_id = ?1", [user_id])?;
    Ok(connection.execute("DELETE FROM qm_totp WHERE user_id = ?1", [user_id])? > 0)
}
