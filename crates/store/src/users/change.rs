//! Changes of users. Each of them is one transaction, whoever runs it: the
//! dashboard, or its owner beside it.

use quaiminer_domain::access::{Role, User};
use rusqlite::Connection;

use super::{NewUser, find};
use crate::error::StoreError;
use crate::sessions::{TokenHash, end_all};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserChange {
    Done,
    NoSuchUser,
    /// Refused: nobody would be left who can undo it.
    LastOwner,
}

pub(crate) fn create(connection: &Connection, user: NewUser) -> Result<User, StoreError> {
    write_down_roles(connection)?;
    connection.execute(
        "INSERT INTO users (username, password_hash, api_key, role) VALUES (?1, ?2, ?3, 'user')",
        (&user.name, &user.password_hash, &user.api_key),
    )?;
    let id = connection.last_insert_rowid();
    put_role(connection, id, user.role)?;
    Ok(User { id, name: user.name, role: user.role, node_role: "user".into() })
}

pub(crate) fn replace_password(
    connection: &Connection,
    id: i64,
    hash: &str,
    keep: Option<TokenHash>,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let changed =
        connection.execute("UPDATE users SET password_hash = ?2 WHERE id = ?1", (id, hash))?;
    if changed > 0 {
        end_all(connection, id, keep, now_ms)?;
    }
    Ok(changed > 0)
}

pub(crate) fn set_role(
    connection: &Connection,
    id: i64,
    role: Role,
) -> Result<UserChange, StoreError> {
    let Some(account) = find(connection, "users.id = ?1", [id])? else {
        return Ok(UserChange::NoSuchUser);
    };
    if account.user.role == Role::Owner && role != Role::Owner && !has_other_owner(connection, id)?
    {
        return Ok(UserChange::LastOwner);
    }
    write_down_roles(connection)?;
    put_role(connection, id, role)?;
    Ok(UserChange::Done)
}

pub(crate) fn delete(connection: &Connection, id: i64) -> Result<UserChange, StoreError> {
    let Some(account) = find(connection, "users.id = ?1", [id])? else {
        return Ok(UserChange::NoSuchUser);
    };
    if account.user.role == Role::Owner && !has_other_owner(connection, id)? {
        return Ok(UserChange::LastOwner);
    }
    write_down_roles(connection)?;
    for table in [
        "notifications",
        "qm_sessions",
        "qm_roles",
        "qm_signed_out",
        "qm_api_keys",
        "qm_totp",
        "qm_recovery_codes",
    ] {
        connection.execute(&format!("DELETE FROM {table} WHERE user_id = ?1"), [id])?;
    }
    connection.execute("DELETE FROM users WHERE id = ?1", [id])?;
    Ok(UserChange::Done)
}

/// One who can sign in.
fn has_other_owner(connection: &Connection, id: i64) -> Result<bool, StoreError> {
    let others = super::list(connection, crate::MAX_ROWS)?.into_iter();
    Ok(others.map(|row| row.account).any(|other| {
        other.user.id != id && other.user.role == Role::Owner && !other.password_hash.is_empty()
    }))
}

/// Who is owner by rule (the name `admin`, the lowest id) stays it, and nobody
/// becomes it, when somebody comes or goes.
fn write_down_roles(connection: &Connection) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR IGNORE INTO qm_roles (user_id, role)
         SELECT id, CASE
            WHEN username = 'admin' OR (
                id = (SELECT min(id) FROM users)
                AND NOT EXISTS (SELECT 1 FROM users WHERE username = 'admin'))
            THEN 'owner' ELSE 'viewer' END
         FROM users",
        [],
    )?;
    Ok(())
}

fn put_role(connection: &Connection, id: i64, role: Role) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR REPLACE INTO qm_roles (user_id, role) VALUES (?1, ?2)",
        (id, role.name()),
    )?;
    Ok(())
}
