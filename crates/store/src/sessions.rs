//! Who is signed in, by the hash of the token.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::Store;
use crate::error::StoreError;

/// SHA-256 of a session's token.
pub type TokenHash = [u8; 32];

/// A session ends when it was not used for this long.
pub const SESSION_IDLE_MS: i64 = 30 * 24 * 3_600_000;

/// Of one user; when there are more, the ones that were not used for the
/// longest time end.
const SESSIONS_MAX: u32 = 50;

/// A session that was seen within this time is not written again.
const TOUCH_EVERY_MS: i64 = 300_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub token_hash: TokenHash,
    pub user_id: i64,
    pub created_ms: i64,
    pub last_seen_ms: i64,
    /// When the password was given last.
    pub confirmed_ms: i64,
    /// Where it was last signed in from.
    pub address: String,
    pub user_agent: String,
}

const SELECT: &str = "
    SELECT token_hash, user_id, created_ms, last_seen_ms, confirmed_ms, address, user_agent
    FROM qm_sessions";

pub struct Sessions<'a>(pub(crate) &'a Store);

impl Sessions<'_> {
    pub async fn create(&self, session: Session) -> Result<(), StoreError> {
        self.0
            .write(move |connection| {
                connection.execute(
                    "INSERT INTO qm_sessions
                        (token_hash, user_id, created_ms, last_seen_ms, confirmed_ms, address,
                         user_agent)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    (
                        session.token_hash,
                        session.user_id,
                        session.created_ms,
                        session.last_seen_ms,
                        session.confirmed_ms,
                        cut(session.address),
                        cut(session.user_agent),
                    ),
                )?;
                connection.execute(
                    "DELETE FROM qm_sessions WHERE token_hash IN (
                        SELECT token_hash FROM qm_sessions WHERE user_id = ?1
                        ORDER BY last_seen_ms DESC LIMIT -1 OFFSET ?2)",
                    (session.user_id, SESSIONS_MAX),
                )?;
                Ok(())
            })
            .await
    }

    /// The session, unless it has ended.
    pub async fn find(
        &self,
        token: &TokenHash,
        now_ms: i64,
    ) -> Result<Option<Session>, StoreError> {
        let token = *token;
        let found = self
            .0
            .read(move |connection| {
                let mut select =
                    connection.prepare_cached(&format!("{SELECT} WHERE token_hash = ?1"))?;
                Ok(select.query_row([token], session).optional()?)
            })
            .await?;
        let touched_ms = self.0.inbox().touched(&token).unwrap_or(i64::MIN);
        Ok(found
            .map(|session| Session {
                last_seen_ms: session.last_seen_ms.max(touched_ms),
                ..session
            })
            .filter(|session| session.last_seen_ms > ended_before(now_ms)))
    }

    /// Sessions of a user that have not ended, the last one used first.
    pub async fn list(&self, user_id: i64, now_ms: i64) -> Result<Vec<Session>, StoreError> {
        self.0
            .read(move |connection| {
                let mut select = connection.prepare(&format!(
                    "{SELECT} WHERE user_id = ?1 AND last_seen_ms > ?2 ORDER BY last_seen_ms DESC"
                ))?;
                let sessions = select.query_map((user_id, ended_before(now_ms)), session)?;
                Ok(sessions.collect::<Result<_, _>>()?)
            })
            .await
    }

    /// The session was used; to be called with every request. Reaches the disk
    /// with the next commit, and not more often than every five minutes.
    pub fn touch(&self, token: &TokenHash, now_ms: i64) {
        self.0.inbox().touch_session(*token, now_ms);
    }

    /// `false` if there was no such session.
    pub async fn delete(&self, token: &TokenHash) -> Result<bool, StoreError> {
        let token = *token;
        self.0
            .write(move |connection| {
                let removed =
                    connection.execute("DELETE FROM qm_sessions WHERE token_hash = ?1", [token])?;
                Ok(removed > 0)
            })
            .await
    }

    /// The password was given again. `false` if there is no such session.
    pub async fn confirm(&self, token: &TokenHash, now_ms: i64) -> Result<bool, StoreError> {
        let token = *token;
        self.0
            .write(move |connection| {
                let changed = connection.execute(
                    "UPDATE qm_sessions SET confirmed_ms = ?2 WHERE token_hash = ?1",
                    (token, now_ms),
                )?;
                Ok(changed > 0)
            })
            .await
    }

    /// Ends all sessions of a user, and the sign-in tokens issued so far.
    pub async fn end_all(&self, user_id: i64, now_ms: i64) -> Result<usize, StoreError> {
        self.0.write(move |connection| end_all(connection, user_id, None, now_ms)).await
    }
}

pub(crate) fn end_all(
    connection: &Connection,
    user_id: i64,
    keep: Option<TokenHash>,
    now_ms: i64,
) -> Result<usize, StoreError> {
    connection.execute(
        "INSERT OR REPLACE INTO qm_signed_out (user_id, until_s) VALUES (?1, ?2)",
        (user_id, now_ms / 1000),
    )?;
    Ok(connection.execute(
        "DELETE FROM qm_sessions WHERE user_id = ?1 AND token_hash IS NOT ?2",
        (user_id, keep),
    )?)
}

pub(crate) fn write_touches(
    connection: &Connection,
    touches: &[(TokenHash, i64)],
) -> Result<(), StoreError> {
    let mut update = connection.prepare_cached(
        "UPDATE qm_sessions SET last_seen_ms = ?2 WHERE token_hash = ?1 AND last_seen_ms < ?2 - ?3",
    )?;
    for (token, at_ms) in touches {
        update.execute((token, at_ms, TOUCH_EVERY_MS))?;
    }
    Ok(())
}

pub(crate) fn expire(connection: &Connection, now_ms: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM qm_sessions WHERE last_seen_ms <= ?1")?
        .execute([ended_before(now_ms)])?;
    Ok(())
}

fn ended_before(now_ms: i64) -> i64 {
    now_ms.saturating_sub(SESSION_IDLE_MS)
}

/// A header may be of any length; the beginning tells enough.
fn cut(text: String) -> String {
    const CHARACTERS: usize = 300;
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        token_hash: row.get(0)?,
        user_id: row.get(1)?,
        created_ms: row.get(2)?,
        last_seen_ms: row.get(3)?,
        confirmed_ms: row.get(4)?,
        address: row.get(5)?,
        user_agent: row.get(6)?,
    })
}
