//! Node's users, and our roles for them.

use quaiminer_domain::access::{Role, User};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::cell::Cell;
use crate::error::StoreError;
use crate::{MAX_ROWS, Store};

/// Who has no role of ours: Node's first user is the owner, and as anybody
/// could register there, all others only look.
const SELECT: &str = "
    SELECT users.id, users.username, users.password_hash, users.role, qm_roles.role,
        users.username = 'admin' OR (
            users.id = (SELECT min(id) FROM users)
            AND NOT EXISTS (SELECT 1 FROM users WHERE username = 'admin'))
    FROM users LEFT JOIN qm_roles ON qm_roles.user_id = users.id";

/// A user with what a sign-in is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub user: User,
    /// bcrypt; empty if the user cannot sign in with a password.
    pub password_hash: String,
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
    pub async fn list(&self, limit: u32) -> Result<Vec<User>, StoreError> {
        let limit = limit.min(MAX_ROWS);
        self.0
            .read(move |connection| {
                let mut select =
                    connection.prepare(&format!("{SELECT} ORDER BY users.id LIMIT ?1"))?;
                let accounts = select.query_map([limit], account)?;
                Ok(accounts.map(|account| Ok(account?.user)).collect::<rusqlite::Result<_>>()?)
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
        self.0
            .write(move |connection| {
                connection.execute(
                    "INSERT INTO users (username, password_hash, api_key, role)
                     VALUES (?1, ?2, ?3, 'user')",
                    (&user.name, &user.password_hash, &user.api_key),
                )?;
                let id = connection.last_insert_rowid();
                put_role(connection, id, user.role)?;
                Ok(User { id, name: user.name, role: user.role, node_role: "user".into() })
            })
            .await
    }

    /// `false` if there is no such user. Sessions go on; see
    /// [`crate::Sessions::delete_all`].
    pub async fn set_password_hash(&self, id: i64, hash: String) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let changed = connection
                    .execute("UPDATE users SET password_hash = ?2 WHERE id = ?1", (id, hash))?;
                Ok(changed > 0)
            })
            .await
    }

    /// `false` if there is no such user.
    pub async fn set_role(&self, id: i64, role: Role) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let exists =
                    connection.prepare("SELECT 1 FROM users WHERE id = ?1")?.exists([id])?;
                if exists {
                    put_role(connection, id, role)?;
                }
                Ok(exists)
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

fn find(
    connection: &Connection,
    condition: &str,
    params: impl Params,
) -> Result<Option<Account>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{SELECT} WHERE {condition}"))?;
    Ok(select.query_row(params, account).optional()?)
}

fn put_role(connection: &Connection, id: i64, role: Role) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR REPLACE INTO qm_roles (user_id, role) VALUES (?1, ?2)",
        (id, role.name()),
    )?;
    Ok(())
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let given: Option<String> = row.get(4)?;
    let role = match given {
        // A role of a later version is not known to allow anything.
        Some(name) => role_of(&name).unwrap_or(Role::Viewer),
        None if row.get(5)? => Role::Owner,
        None => Role::Viewer,
    };
    Ok(Account {
        user: User { id: row.get(0)?, name: text(row.get(1)?), role, node_role: text(row.get(3)?) },
        password_hash: text(row.get(2)?),
    })
}

fn role_of(name: &str) -> Option<Role> {
    [Role::Viewer, Role::Technician, Role::Owner].into_iter().find(|role| role.name() == name)
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
