//! The SQLite file of a rig, shared with the Node server: Node's tables as
//! Node knows them, ours beside them with the prefix `qm_`.
//!
//! One writer thread commits; readers have connections of their own and never
//! wait for it. Three ways lead to the disk:
//!
//! - [`Store::record`] and the other calls that are not `async` take what may
//!   be lost with the last batch. They never block and never fail. The writer
//!   brings samples to safety every two minutes and commits all of it twice an
//!   hour, see [`Options`].
//! - An `async` write is on the disk when it returns `Ok`, and takes the
//!   samples that were waiting with it.
//! - An `async` read runs in its own transaction on a blocking thread.
//!
//! ```text
//! Store::open(Location) -> Result<Store, OpenError>              blocking; Store is Clone
//! Store::open_with(Location, Options) -> Result<Store, OpenError>
//! check_file(&Path) -> Result<Report, OpenError>                 for --check, changes nothing
//! examine(&Path) -> Result<Vec<Finding>, OpenError>              everything, also while it is in use
//! backup(&Path, Option<&Path>) -> Result<Saved, OpenError>       likewise
//! restore(&Path, from: &Path) -> Result<Restored, OpenError>     not while it is in use
//!
//! store.record(impl IntoIterator<Item = MinerSample>)            one moment, all miners, one at_ms
//! store.history(Span).await -> Result<History, StoreError>       domain::history
//! store.health() -> watch::Receiver<StoreHealth>
//! store.dropped_samples() -> u64
//! store.figures().await -> Result<Figures, StoreError>           for the metrics
//! store.was_unclean() -> bool                                    then run check() in the background
//! store.copy_of_before() -> Option<&Path>                        the file before its tables were changed
//! store.check().await -> Result<(), StoreError>
//! store.flush().await -> Result<(), StoreError>
//! store.close().await -> Result<(), StoreError>                  idempotent
//!
//! store.blocks().insert(NewBlock).await -> Result<i64>           Err(StoreError::Duplicate)
//!               .list(Option<u32>).await -> Result<BlockList>    { blocks: Vec<Block>, total: u64 }
//!               .stats(now_ms).await -> Result<BlockStats>
//! store.mining_stats().rows(StatsQuery).await -> Result<Vec<MiningStat>>
//!                     .buckets(StatsQuery, interval_min: u32).await -> Result<Vec<StatBucket>>
//! store.exports().blocks / stats / samples(from, state, take).await   page by page
//! store.client_stats().record(ClientStat)                        not async
//!                     .list(from_ms, limit: u32).await -> Result<Vec<ClientStat>>
//! store.users().by_name(&str) / by_id(i64) / by_api_key(&str).await -> Result<Option<Account>>
//!              .list(limit: u32).await -> Result<Vec<UserRow>>
//!              .count_with_password().await -> Result<u64>
//!              .has_anybody_signed_in().await -> Result<bool>
//!              .create(NewUser).await -> Result<User>            Err(StoreError::Duplicate)
//!              .replace_password(id, hash, keep, now_ms).await -> Result<bool>
//!              .set_role(id, Role).await -> Result<UserChange>
//!              .delete(id).await -> Result<UserChange>
//!              .set_node_key(id, Option<String>).await -> Result<bool>
//!              .set_last_login(id, at_ms)                        not async
//! store.sessions().create(Session).await -> Result<()>
//!                 .find(&TokenHash, now_ms).await -> Result<Option<Session>>
//!                 .list(user_id, now_ms).await -> Result<Vec<Session>>
//!                 .touch(&TokenHash, now_ms)                     not async
//!                 .confirm(&TokenHash, now_ms).await -> Result<bool>
//!                 .delete(&TokenHash).await -> Result<bool>
//!                 .end_all(user_id, now_ms).await -> Result<usize>
//! store.api_keys().holder(TokenHash, now_ms).await -> Result<Option<KeyHolder>>
//!                 .create / list / rotate / delete / note_use
//! store.totp().get / begin / confirm / use_step / use_recovery / remove
//! Beside::open(&Path) -> Result<Beside, OpenError>               users, from the command line
//! store.events().append(NewEvent).await -> Result<i64>
//!               .list(before: Option<i64>, limit: u32).await -> Result<Vec<Event>>   newest first
//! store.processes().put(ProcessRecord).await -> Result<()>
//!                  .remove(instance: &str).await -> Result<bool>
//!                  .list().await -> Result<Vec<ProcessRecord>>
//! store.state().get(&str).await -> Result<Option<String>>
//!              .set(&str, String).await -> Result<()>
//!              .remove(&str).await -> Result<bool>
//!              .update(&'static str, |Option<String>| (Option<String>, T)).await -> Result<T>
//! store.config().get(&'static str).await -> Result<Option<String>>   Node's settings
//!               .set(&'static str, String).await -> Result<()>
//!               .update(&'static str, |Option<String>| (Option<String>, T)).await -> Result<T>
//! store.notifications().insert(NewNotification).await -> Result<i64>
//!                      .unread(user_id).await -> Result<Vec<Notification>>
//!                      .mark_read(id, user_id).await -> Result<bool>
//! store.alerts().rules / put_rule / delete_rule / history       Node's tables
//! ```
//!
//! No other code of the process may open the database file while a store is
//! open: POSIX drops all locks of a process on a file when any of its handles
//! to that file is closed.

mod alerts;
mod api_keys;
mod beside;
mod blocks;
mod cell;
mod chores;
mod client_stats;
mod clock;
mod config;
mod copy;
mod error;
mod events;
mod examine;
mod exports;
mod figures;
mod history;
mod inbox;
mod mining_stats;
mod minutes;
mod notifications;
mod open;
mod processes;
mod readers;
mod recent;
mod restore;
mod samples;
mod schema;
mod sessions;
mod slots;
mod state;
mod store;
mod tail;
mod totp;
mod users;
mod writer;

pub use alerts::{AlertRecord, AlertRule, Alerts};
pub use api_keys::{ApiKey, ApiKeys, KeyHolder, NewApiKey};
pub use beside::Beside;
pub use blocks::{Block, BlockList, BlockStats, Blocks, Found, NewBlock};
pub use cell::Cell;
pub use client_stats::{ClientStat, ClientStats};
pub use config::Config;
pub use copy::{Saved, backup};
pub use error::StoreError;
pub use events::Events;
pub use examine::{Finding, Verdict, examine};
pub use exports::{Exports, Place, SamplesPlace, StatsPlace};
pub use figures::Figures;
pub use mining_stats::{MiningStat, MiningStats, StatBucket, StatsQuery};
pub use notifications::{NewNotification, Notification, Notifications};
pub use open::{Location, OpenError, Report, check_file};
pub use processes::{ProcessRecord, Processes};
pub use restore::{Restored, restore};
pub use sessions::{SESSION_IDLE_MS, Session, Sessions, TokenHash};
pub use state::State;
pub use store::Store;
pub use totp::{Totp, TotpSecret};
pub use users::{Account, NewUser, UserChange, UserRow, Users};
pub use writer::Options;

/// No answer has more rows than this, whatever is asked for: 10 000 rows are a
/// few megabytes.
pub const MAX_ROWS: u32 = 10_000;
