//! Makes a database with so many days of samples of one miner, for
//! measurements.
//!
//! ```text
//! fill_history DATA_DIR DAYS
//! ```

mod common;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use quaiminer_domain::history::SAMPLE_PERIOD_MS;
use quaiminer_store::{Location, Store};

const DAY_MS: i64 = 86_400_000;
/// Before a day is full, which is when the store would begin to drop.
const FLUSH_EVERY: usize = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, days] = arguments.as_slice() else {
        return Err("fill_history DATA_DIR DAYS".into());
    };
    let store = Store::open(Location::File(Path::new(directory).join("quaiminer.db")))?;
    let end_ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    // Ten minutes less, so that none is too old by the time it is read.
    let start_ms = end_ms - days.parse::<i64>()? * DAY_MS + 600_000;
    let times = (start_ms..end_ms).step_by(usize::try_from(SAMPLE_PERIOD_MS)?);
    for (n, at_ms) in times.enumerate() {
        store.record([common::sample(at_ms, n as u64)]);
        if n % FLUSH_EVERY == 0 {
            store.flush().await?;
        }
    }
    store.close().await?;
    Ok(())
}
