//! NODE-COMPAT: Node's notifications of its users.

use crate::cell::Cell;
use crate::error::StoreError;
use crate::{MAX_ROWS, Store};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotification {
    pub user_id: i64,
    /// E.g. `block_found`.
    pub kind: String,
    pub title: String,
    pub message: String,
}

/// As the file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub id: i64,
    pub user_id: i64,
    pub kind: Cell,
    pub title: Cell,
    pub message: Cell,
    pub read: Cell,
    pub created_at: Cell,
}

pub struct Notifications<'a>(pub(crate) &'a Store);

impl Notifications<'_> {
    /// The number it has got; [`StoreError::Refused`] if there is no such user.
    pub async fn insert(&self, notification: NewNotification) -> Result<i64, StoreError> {
        self.0
            .write(move |connection| {
                connection.execute(
                    "INSERT INTO notifications (user_id, type, title, message)
                     VALUES (?1, ?2, ?3, ?4)",
                    (
                        notification.user_id,
                        notification.kind,
                        notification.title,
                        notification.message,
                    ),
                )?;
                Ok(connection.last_insert_rowid())
            })
            .await
    }

    /// What a user has not read, the newest second first.
    pub async fn unread(&self, user_id: i64) -> Result<Vec<Notification>, StoreError> {
        self.0
            .read(move |connection| {
                let mut select = connection.prepare_cached(
                    "SELECT id, user_id, type, title, message, read, created_at
                     FROM notifications WHERE user_id = ?1 AND read = 0
                     ORDER BY created_at DESC, id LIMIT ?2",
                )?;
                let notifications = select.query_map((user_id, MAX_ROWS), |row| {
                    Ok(Notification {
                        id: row.get(0)?,
                        user_id: row.get(1)?,
                        kind: row.get(2)?,
                        title: row.get(3)?,
                        message: row.get(4)?,
                        read: row.get(5)?,
                        created_at: row.get(6)?,
                    })
                })?;
                Ok(notifications.collect::<rusqlite::Result<_>>()?)
            })
            .await
    }

    /// `false` if the user has no such notification.
    pub async fn mark_read(&self, id: i64, user_id: i64) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let changed = connection.execute(
                    "UPDATE notifications SET read = 1 WHERE id = ?1 AND user_id = ?2",
                    (id, user_id),
                )?;
                Ok(changed > 0)
            })
            .await
    }
}
