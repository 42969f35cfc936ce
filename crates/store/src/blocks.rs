//! Node's validated blocks.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::cell::Cell;
use crate::error::StoreError;
use crate::{MAX_ROWS, Store};

/// NODE-COMPAT: as many as Node keeps, by block number.
const KEPT: i64 = 1000;

pub(crate) const COLUMNS: &str =
    "id, block_number, block_hash, timestamp, chain, reward, tx_hash, created_at";

#[derive(Debug, Clone, PartialEq)]
pub struct NewBlock {
    pub number: i64,
    pub hash: Option<String>,
    pub timestamp_ms: i64,
    pub chain: String,
    pub reward: f64,
    pub tx_hash: Option<String>,
}

/// A row as it is stored; any column but the id may hold anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub id: i64,
    pub block_number: Cell,
    pub block_hash: Cell,
    pub timestamp: Cell,
    pub chain: Cell,
    pub reward: Cell,
    pub tx_hash: Cell,
    pub created_at: Cell,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BlockList {
    /// The highest number first.
    pub blocks: Vec<Block>,
    /// Of all rows.
    pub total: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BlockStats {
    pub total: u64,
    pub last_24h: u64,
    pub last_7d: u64,
    pub total_reward: f64,
    /// The one with the highest number.
    pub last_block: Option<Block>,
}

/// How many there are, and when the last of them was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub total: u64,
    pub last_ms: Option<i64>,
}

pub struct Blocks<'a>(pub(crate) &'a Store);

impl Blocks<'_> {
    /// The id of the row; [`StoreError::Duplicate`] if the chain has a block
    /// of that number already.
    pub async fn insert(&self, block: NewBlock) -> Result<i64, StoreError> {
        self.0
            .write(move |connection| {
                connection.execute(
                    "INSERT INTO validated_blocks
                        (block_number, block_hash, timestamp, chain, reward, tx_hash)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    (
                        block.number,
                        block.hash,
                        block.timestamp_ms,
                        block.chain,
                        block.reward,
                        block.tx_hash,
                    ),
                )?;
                Ok(connection.last_insert_rowid())
            })
            .await
    }

    /// `None` lists as many as there may be.
    pub async fn list(&self, limit: Option<u32>) -> Result<BlockList, StoreError> {
        let limit = limit.unwrap_or(MAX_ROWS).min(MAX_ROWS);
        self.0
            .read(move |connection| {
                let blocks = highest(connection, limit)?;
                let total = count(connection)?;
                Ok(BlockList { blocks, total })
            })
            .await
    }

    pub async fn found(&self) -> Result<Found, StoreError> {
        self.0
            .read(|connection| {
                let last_ms = connection
                    .prepare_cached(
                        // Texts are later than any number, and stand last.
                        "SELECT timestamp FROM validated_blocks WHERE timestamp < 1e15
                         ORDER BY timestamp DESC LIMIT 1",
                    )?
                    .query_row([], |row| row.get::<_, f64>(0))
                    .optional()?;
                Ok(Found { total: count(connection)?, last_ms: last_ms.map(|ms| ms as i64) })
            })
            .await
    }

    pub async fn stats(&self, now_ms: i64) -> Result<BlockStats, StoreError> {
        const DAY_MS: i64 = 86_400_000;
        self.0
            .read(move |connection| {
                Ok(BlockStats {
                    total: count(connection)?,
                    last_24h: count_after(connection, now_ms.saturating_sub(DAY_MS))?,
                    last_7d: count_after(connection, now_ms.saturating_sub(7 * DAY_MS))?,
                    total_reward: connection.reward(sum_of_rewards)?,
                    last_block: highest(connection, 1)?.pop(),
                })
            })
            .await
    }
}

/// NODE-COMPAT: Node deletes those with the lowest numbers once an hour, for
/// the first time an hour after its start.
pub(crate) fn expire(connection: &Connection) -> Result<(), StoreError> {
    let surplus: Option<i64> = connection
        .prepare_cached("SELECT count(*) - ?1 FROM validated_blocks")?
        .query_row([KEPT], |row| row.get(0))
        .optional()?;
    if let Some(surplus) = surplus.filter(|surplus| *surplus > 0) {
        connection.execute(
            "DELETE FROM validated_blocks WHERE id IN (
                SELECT id FROM validated_blocks ORDER BY block_number LIMIT ?1)",
            [surplus],
        )?;
    }
    Ok(())
}

fn sum_of_rewards(connection: &Connection) -> rusqlite::Result<f64> {
    let sum: Option<f64> = connection
        .prepare_cached("SELECT total(reward) FROM validated_blocks")?
        .query_row([], |row| row.get(0))?;
    // Infinities of both signs have none.
    Ok(sum.unwrap_or(0.0))
}

fn count(connection: &Connection) -> Result<u64, StoreError> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM validated_blocks")?
        .query_row([], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A time that is text counts as later than any number, as it does for Node.
fn count_after(connection: &Connection, after_ms: i64) -> Result<u64, StoreError> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM validated_blocks WHERE timestamp > ?1")?
        .query_row([after_ms], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

fn highest(connection: &Connection, limit: u32) -> Result<Vec<Block>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM validated_blocks ORDER BY block_number DESC, id DESC LIMIT ?1"
    ))?;
    let blocks = select.query_map([limit], block)?;
    Ok(blocks.collect::<Result<_, _>>()?)
}

pub(crate) fn block(row: &Row<'_>) -> rusqlite::Result<Block> {
    Ok(Block {
        id: row.get(0)?,
        block_number: row.get(1)?,
        block_hash: row.get(2)?,
        timestamp: row.get(3)?,
        chain: row.get(4)?,
        reward: row.get(5)?,
        tx_hash: row.get(6)?,
        created_at: row.get(7)?,
    })
}
