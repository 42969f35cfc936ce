use std::time::Duration;

use quaiminer_store::{Location, Options, StatBucket, StatsQuery, Store};
use rusqlite::{Connection, params};

use crate::help::{Rig, count, now_ms};

const HOUR_MS: i64 = 3_600_000;

/// Leaves rows as they are until it is told to fold them.
fn open(rig: &Rig) -> Store {
    let never = Duration::from_secs(7_200);
    let options = Options { keep_every: never, commit_every: never, prune_every: never };
    Store::open_with(Location::File(rig.database()), options).unwrap()
}

/// As Node writes them, of three GPUs, with gaps, restarts and oddities. The
/// numbers are such that sums have no rounding.
fn write(node: &Connection, from_ms: i64, to_ms: i64) {
    node.execute_batch("BEGIN").unwrap();
    let mut insert = node
        .prepare(
            "INSERT INTO mining_stats (timestamp, hash_rate, accepted_shares, rejected_shares,
                power_usage, temperature, fan_speed, gpu_id) VALUES (?1,?2,?3,?4,?5,?6,50,?7)",
        )
        .unwrap();
    for (n, at_ms) in (0_i64..).zip((from_ms..to_ms).step_by(300_000)) {
        for gpu in 0..3_i64 {
            let odd = (n * 7 + gpu * 13) % 101;
            if odd == 3 || (gpu == 1 && n % 100 > 60) {
                continue;
            }
            let hash_rate = if odd == 5 { None } else { Some(30.25 + odd as f64) };
            let power = if odd == 9 { "much".to_owned() } else { (100 + odd).to_string() };
            let accepted = (n % 150) * (gpu + 1);
            insert
                .execute(params![at_ms, hash_rate, accepted, n / 40, power, 60 + odd % 9, gpu])
                .unwrap();
        }
    }
    drop(insert);
    node.execute_batch("COMMIT").unwrap();
}

async fn ask(store: &Store, now_ms: i64) -> Vec<Vec<StatBucket>> {
    let mut answers = Vec::new();
    for gpu_id in [None, Some(1), Some(7)] {
        for interval_min in [60, 180, 1440, 30] {
            for hours in [30, 240] {
                let query = StatsQuery { now_ms, hours, limit: 2_000, gpu_id };
                answers.push(store.mining_stats().buckets(query, interval_min).await.unwrap());
            }
        }
    }
    answers
}

/// The same from the rows themselves.
async fn ask_unfolded(rig: &Rig, now_ms: i64) -> Vec<Vec<StatBucket>> {
    let node = rig.sqlite();
    node.execute("DELETE FROM qm_state WHERE key LIKE 'stat_hours.%'", []).unwrap();
    node.execute("DELETE FROM qm_stat_hours", []).unwrap();
    let store = open(rig);
    let answers = ask(&store, now_ms).await;
    drop(store);
    answers
}

async fn fold(store: &Store) {
    for _ in 0..12 {
        store.flush().await.unwrap();
    }
}

#[tokio::test]
async fn hours_make_the_same_answer_as_rows() {
    let rig = Rig::new();
    open(&rig).close().await.unwrap();
    let now_ms = now_ms() / HOUR_MS * HOUR_MS + 1_000_000;
    let node = rig.sqlite();
    write(&node, now_ms - 200 * HOUR_MS, now_ms);
    let expected = ask_unfolded(&rig, now_ms).await;
    assert!(expected.iter().filter(|answer| answer.len() > 5).count() > 10);

    let store = open(&rig);
    fold(&store).await;
    assert!(count(&node, "qm_stat_hours") > 190);
    store.close().await.unwrap();
    // One that remembers nothing.
    let store = open(&rig);
    assert_eq!(ask(&store, now_ms).await, expected);

    // Somebody writes into what is folded, while we look and before we do.
    for hours in [20, 100] {
        let at_ms = now_ms - hours * HOUR_MS;
        write(&node, at_ms, at_ms + 1);
        let now = ask(&store, now_ms).await;
        let afresh = open_copy(&rig);
        assert_eq!(now, ask_unfolded(&afresh, now_ms).await);
    }
    store.close().await.unwrap();
    let store = open(&rig);
    let again = ask(&store, now_ms).await;
    fold(&store).await;
    store.close().await.unwrap();
    let store = open(&rig);
    assert_eq!(ask(&store, now_ms).await, again);
    drop(store);
    assert_eq!(ask_unfolded(&rig, now_ms).await, again);
}

/// The database as it is now, for a store of its own.
fn open_copy(rig: &Rig) -> Rig {
    let copy = Rig::new();
    rig.sqlite().execute("VACUUM INTO ?1", [copy.database().to_str().unwrap()]).unwrap();
    copy
}
