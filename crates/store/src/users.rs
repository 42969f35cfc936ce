//! Node's users, and our roles for them.

use quaiminer_domain::access::{Role, User};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::cell::Cell;
use crate::error::StoreError;
use crate::{MAX_ROWS, Store, TokenHash};

mod change;

pub use change::UserChange;
pub(crate) use change::{replace_password, set_role};

/// Who has no role of ours: Node's first user is the owner, and as anybody
/// could register there, all others only look.
const SELECT: &str = "
    SELECT users.id, users.username, users.password_hash, users.role, qm_roles.role,
        users.username IS 'admin' OR (
            users.id = (SELECT min(id) FROM users)
            AND NOT EXISTS (SELECT 1 FROM users WHERE username = 'admin')),
        (SELECT until_s FROM qm_signed_out WHERE user_id = users.id),
        EXISTS (SELECT 1 FROM qm_totp WHERE user_id = users.id AND confirmed),
        users.api_key, users.created_at, users.last_login
    FROM users LEFT JOIN qm_roles ON qm_roles.user_id = users.id";

/// A user with what a sign-in is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub user: User,
    /// bcrypt; empty if the user cannot sign in with a password.
    pub password_hash: String,
    /// Sign-in tokens that were issued up to this second are good no longer.
    pub signed_out_s: Option<i64>,
    /// Whether a code is asked for beside the password.
    pub has_totp: bool,
}

/// What an owner sees of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    pub account: Account,
    /// NODE-COMPAT: the beginning of the key in Node's own column.
    pub node_key_prefix: Option<String>,
    /// UTC, as SQLite writes it.
    pub created_at: Option<String>,
    pub last_login: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    pub name: String,
    /// bcrypt, which Node can read, or empty.
    pub password_hash: String,
    /// NODE-COMPAT: Node gives every user a key and stores it as it is.
    pub api_key: Option<String>,
    pub role: Role,
}

pub struct Users<'a>(pub(crate) &'a Store);

impl Users<'_> {
    /// Names are compared exactly, as Node does.
    pub async fn by_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let name = name.to_owned();
        self.0.read(move |connection| find(connection, "users.username = ?1", [name])).await
    }

    pub async fn by_id(&self, id: i64) -> Result<Option<Account>, StoreError> {
        self.0.read(move |connection| find(connection, "users.id = ?1", [id])).await
    }

    /// NODE-COMPAT: the key in Node's own column.
    pub async fn by_api_key(&self, key: &str) -> Result<Option<Account>, StoreError> {
        let key = key.to_owned();
        self.0.read(move |connection| find(connection, "users.api_key = ?1", [key])).await
    }

    /// By id.
    pub async fn list(&self, limit: u32) -> Result<Vec<UserRow>, StoreError> {
        self.0.read(move |connection| list(connection, limit)).await
    }

    /// Whether anybody ever has, here or in the Node server.
    pub async fn has_anybody_signed_in(&self) -> Result<bool, StoreError> {
        self.0
            .read(|connection| {
                let mut select = connection.prepare(
                    "SELECT 1 FROM users WHERE last_login IS NOT NULL
                     UNION ALL SELECT 1 FROM qm_sessions LIMIT 1",
                )?;
                Ok(select.exists([])?)
            })
            .await
    }

    /// Users who can sign in with a password.
    pub async fn count_with_password(&self) -> Result<u64, StoreError> {
        self.0
            .read(|connection| {
                let count: i64 = connection.query_row(
                    "SELECT count(*) FROM users WHERE password_hash <> ''",
                    [],
                    |row| row.get(0),
                )?;
                Ok(u64::try_from(count).unwrap_or(0))
            })
            .await
    }

    /// [`StoreError::Duplicate`] if the name or the key is taken.
    pub async fn create(&self, user: NewUser) -> Result<User, StoreError> {
        self.0.write(move |connection| change::create(connection, user)).await
    }

    /// Ends the user's sessions but the one to keep, and their sign-in tokens.
    /// `false` if there is no such user.
    pub async fn replace_password(
        &self,
        id: i64,
        hash: String,
        keep: Option<TokenHash>,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        self.0.write(move |connection| replace_password(connection, id, &hash, keep, now_ms)).await
    }

    pub async fn set_role(&self, id: i64, role: Role) -> Result<UserChange, StoreError> {
        self.0.write(move |connection| set_role(connection, id, role)).await
    }

    /// With all that is the user's.
    pub async fn delete(&self, id: i64) -> Result<UserChange, StoreError> {
        self.0.write(move |connection| change::delete(connection, id)).await
    }

    /// NODE-COMPAT: the key in Node's own column. `false` if there is no such
    /// user.
    pub async fn set_node_key(&self, id: i64, key: Option<String>) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let changed =
                    connection.execute("UPDATE users SET api_key = ?2 WHERE id = ?1", (id, key))?;
                Ok(changed > 0)
            })
            .await
    }

    /// Reaches the disk with the next commit; the one for a new session takes
    /// it along.
    pub fn set_last_login(&self, id: i64, at_ms: i64) {
        self.0.inbox().set_last_login(id, at_ms);
    }
}

pub(crate) fn write_last_logins(
    connection: &Connection,
    logins: &[(i64, i64)],
) -> Result<(), StoreError> {
    let mut update = connection.prepare_cached(
        "UPDATE users SET last_login = datetime(?2 / 1000, 'unixepoch') WHERE id = ?1",
    )?;
    for login in logins {
        update.execute(*login)?;
    }
    Ok(())
}

pub(crate) fn find(
    connection: &Connection,
    condition: &str,
    params: impl Params,
) -> Result<Option<Account>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{SELECT} WHERE {condition}"))?;
    Ok(select.query_row(params, account).optional()?)
}

pub(crate) fn list(connection: &Connection, limit: u32) -> Result<Vec<UserRow>, StoreError> {
    let mut select = connection.prepare(&format!("{SELECT} ORDER BY users.id LIMIT ?1"))?;
    let rows = select.query_map([limit.min(MAX_ROWS)], |row| {
        let some = |cell: Cell| Some(text(cell)).filter(|text| !text.is_empty());
        let key = some(row.get(8)?);
        Ok(UserRow {
            account: account(row)?,
            node_key_prefix: key.map(|key| key.chars().take(8).collect()),
            created_at: some(row.get(9)?),
            last_login: some(row.get(10)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let given: Option<String> = row.get(4)?;
    let role = match given {
        // A role of a later version is not known to allow anything.
        Some(name) => role_of(&name),
        None if row.get(5)? => Role::Owner,
        None => Role::Viewer,
    };
    Ok(Account {
        user: User { id: row.get(0)?, name: text(row.get(1)?), role, node_role: text(row.get(3)?) },
        password_hash: text(row.get(2)?),
        signed_out_s: row.get(6)?,
        has_totp: row.get(7)?,
    })
}

pub(crate) fn role_of(name: &str) -> Role {
    let mut roles = [Role::Viewer, Role::Technician, Role::Owner].into_iter();
    roles.find(|role| role.name() == name).unwrap_or(Role::Viewer)
}

/// The columns are of type TEXT, so that Node's numbers have become text too.
fn text(cell: Cell) -> String {
    match cell {
        Cell::Text(text) => text,
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Null => String::new(),
    }
}
