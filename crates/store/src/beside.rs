//! Users, changed from the command line: beside a dashboard that runs, or
//! without one. It must work when nobody can sign in, so it neither asks the
//! dashboard nor wants it stopped.

use std::path::Path;

use quaiminer_domain::access::Role;
use rusqlite::{Connection, TransactionBehavior};

use crate::error::StoreError;
use crate::open::{self, DirectoryLock, OpenError};
use crate::totp;
use crate::users::{self, UserChange, UserRow};

/// The database, opened by a program of its own. A dashboard that runs notices
/// a change when it looks at a user the next time, within seconds.
pub struct Beside {
    connection: Connection,
    /// There while no dashboard runs, so that none starts meanwhile.
    _lock: Option<DirectoryLock>,
}

impl Beside {
    /// The database must exist. If no dashboard runs it is brought up to date,
    /// as by a start.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (connection, lock) = open::beside(path)?;
        Ok(Beside { connection, _lock: lock })
    }

    pub fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        users::list(&self.connection, crate::MAX_ROWS)
    }

    /// Ends the user's sessions and sign-in tokens. `false` if there is no
    /// such user.
    pub fn replace_password(
        &mut self,
        name: &str,
        hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        self.change(name, false, |connection, id| {
            users::replace_password(connection, id, hash, None, now_ms)
        })
    }

    pub fn set_role(&mut self, name: &str, role: Role) -> Result<UserChange, StoreError> {
        self.change(name, UserChange::NoSuchUser, |connection, id| {
            users::set_role(connection, id, role)
        })
    }

    /// `None` if there is no such user, `false` if it was not on.
    pub fn remove_totp(&mut self, name: &str) -> Result<Option<bool>, StoreError> {
        self.change(name, None, |connection, id| totp::remove(connection, id).map(Some))
    }

    fn change<T>(
        &mut self,
        name: &str,
        nobody: T,
        work: impl FnOnce(&Connection, i64) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(account) = users::find(&transaction, "users.username = ?1", [name])? else {
            return Ok(nobody);
        };
        let value = work(&transaction, account.user.id)?;
        transaction.commit()?;
        Ok(value)
    }
}
