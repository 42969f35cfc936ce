//! Makes a database with so many days of samples, for measurements. Several
//! miners stand for a program for each GPU.
//!
//! ```text
//! fill_history DATA_DIR DAYS [MINERS [BLOCKS]]
//! ```

mod common;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use quaiminer_domain::history::SAMPLE_PERIOD_MS;
use quaiminer_store::{Location, Store};

const DAY_MS: i64 = 86_400_000;
/// Before the store would begin to drop.
const FLUSH_EVERY: u64 = 10_000;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "fill_history DATA_DIR DAYS [MINERS [BLOCKS]]";
    let directory = arguments.next().ok_or(usage)?;
    let days: i64 = arguments.next().ok_or(usage)?.parse()?;
    let miners: u64 = arguments.next().as_deref().unwrap_or("1").parse()?;
    let blocks: i64 = arguments.next().as_deref().unwrap_or("0").parse()?;

    let database = Path::new(&directory).join("quaiminer.db");
    let end_ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    fill_samples(&database, end_ms, days, miners).await?;
    fill_blocks(&database, end_ms, days, blocks)
}

async fn fill_samples(database: &Path, end_ms: i64, days: i64, miners: u64) -> Outcome<()> {
    let store = Store::open(Location::File(database.into()))?;
    // Ten minutes less, so that none is too old by the time it is read.
    let start_ms = end_ms - days * DAY_MS + 600_000;
    let start_ms = start_ms - start_ms % SAMPLE_PERIOD_MS;
    let times = (start_ms..end_ms).step_by(usize::try_from(SAMPLE_PERIOD_MS)?);
    for (n, at_ms) in (0..).zip(times) {
        store.record((0..miners).map(|miner| common::sample(at_ms, n, miner)));
        if n % (FLUSH_EVERY / miners) == 0 {
            store.flush().await?;
        }
    }
    store.close().await?;
    Ok(())
}

/// Spread over the days. One by one through the store they would take minutes.
fn fill_blocks(database: &Path, end_ms: i64, days: i64, blocks: i64) -> Outcome<()> {
    let mut connection = rusqlite::Connection::open(database)?;
    let change = connection.transaction()?;
    for n in 0..blocks {
        change.execute(
            "INSERT INTO validated_blocks
                (block_number, block_hash, timestamp, chain, reward, tx_hash)
             VALUES (?1, ?2, ?3, 'Cyprus-1', 2.5, ?2)",
            (7_000_000 + n, format!("0x{n:064x}"), end_ms - (blocks - n) * days * DAY_MS / blocks),
        )?;
    }
    Ok(change.commit()?)
}
