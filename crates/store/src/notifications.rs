//! NODE-COMPAT: Node's notifications of its users.

use crate::Store;
use crate::error::StoreError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotification {
    pub user_id: i64,
    /// E.g. `block_found`.
    pub kind: String,
    pub title: String,
    pub message: String,
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
}
