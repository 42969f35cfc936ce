use std::time::Duration;

use quaiminer_store::{Cell, Location, Options, StatsQuery, Store};

use crate::help::{Rig, count, now_ms, sample};

const MINER: &str = "kawpowminer://127.0.0.1:21373";

fn query(now_ms: i64) -> StatsQuery {
    StatsQuery { now_ms, hours: 24, limit: 1_000, gpu_id: None }
}

/// Node's table gets one row for each 30 s, once, whenever it is written.
#[tokio::test]
async fn rows_for_node() {
    let rig = Rig::new();
    let now_ms = now_ms();
    let slot_ms = now_ms / 30_000 * 30_000;
    let start_ms = slot_ms - 20 * 30_000;
    let mut samples = (0..120).map(|n| {
        let at_ms = start_ms + n * 5_000;
        [sample(at_ms, MINER, n as u64), sample(at_ms, "xmrig://127.0.0.1:1", 1_000)]
    });
    let store = rig.open_idle().await;
    for moment in samples.by_ref().take(33) {
        store.record(moment);
    }
    // What waits is answered before it is written, in the same words.
    let before = store.mining_stats().rows(query(now_ms)).await.unwrap();
    store.flush().await.unwrap();
    assert_eq!(store.mining_stats().rows(query(now_ms)).await.unwrap(), before);
    assert_eq!(before.len(), 6);
    assert_eq!(before[0].id, Cell::Integer(1));
    assert_eq!(before[0].timestamp, Cell::Integer(start_ms + 25_000));
    assert_eq!(before[0].hash_rate, Cell::Real(60.0));
    assert_eq!(before[0].accepted_shares, Cell::Integer(1_005));
    assert_eq!(before[0].power_usage, Cell::Real(241.0));
    assert_eq!(before[0].temperature, Cell::Real(61.0));
    assert_eq!(before[0].gpu_id, Cell::Integer(0));
    drop(store);

    // The sixth slot had been cut by the end; nothing is written twice.
    let store = rig.open_idle().await;
    samples.for_each(|moment| store.record(moment));
    for _ in 0..3 {
        store.flush().await.unwrap();
    }
    assert_eq!(store.mining_stats().rows(query(now_ms)).await.unwrap().len(), 20);
    store.close().await.unwrap();
    let times: Vec<i64> = rig
        .sqlite()
        .prepare("SELECT timestamp FROM mining_stats ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(times.len(), 20);
    for (n, time) in times.iter().enumerate() {
        assert_eq!(time / 30_000, start_ms / 30_000 + n as i64);
    }
}

#[tokio::test]
async fn rows_of_an_hour_of_a_gpu_and_no_more_than_asked_for() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let now_ms = now_ms();
    store.record((1..=10).map(|n| sample(now_ms - n * 600_000, MINER, 1)));
    store.flush().await.unwrap();
    rig.sqlite()
        .execute(
            "INSERT INTO mining_stats (timestamp, hash_rate, gpu_id) VALUES (?1, 'fast', 3)",
            [now_ms as f64 - 1_000.0],
        )
        .unwrap();
    let rows = |hours, limit, gpu_id| {
        let store = store.clone();
        async move {
            store.mining_stats().rows(StatsQuery { now_ms, hours, limit, gpu_id }).await.unwrap()
        }
    };
    assert_eq!(rows(24, 1_000, None).await.len(), 11);
    assert_eq!(rows(1, 1_000, None).await.len(), 6);
    assert_eq!(rows(24, 1_000, Some(0)).await.len(), 10);
    let odd = rows(24, 1_000, Some(3)).await;
    assert_eq!((odd.len(), &odd[0].hash_rate), (1, &Cell::Text("fast".into())));
    let newest = rows(24, 2, None).await;
    assert_eq!(newest.len(), 2);
    assert_eq!(newest[1], odd[0]);
}

#[tokio::test]
async fn buckets_count_what_was_found() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let now_ms = now_ms();
    let hour_ms = now_ms / 3_600_000 * 3_600_000;
    let start_ms = hour_ms - 3 * 3_600_000;
    let rows = [(0, 10.0, 100), (600_000, 20.0, 130), (4_000_000, 30.0, 150), (4_600_000, 50.0, 4)];
    for (after_ms, hash_rate, accepted) in rows {
        rig.sqlite()
            .execute(
                "INSERT INTO mining_stats (timestamp, hash_rate, accepted_shares, temperature)
                 VALUES (?1, ?2, ?3, NULL)",
                (start_ms + after_ms, hash_rate, accepted),
            )
            .unwrap();
    }
    rig.sqlite()
        .execute_batch("INSERT INTO mining_stats (timestamp, hash_rate) VALUES ('yesterday', 9e9)")
        .unwrap();
    let buckets = store.mining_stats().buckets(query(now_ms), 60).await.unwrap();
    assert_eq!(buckets.len(), 2);
    assert_eq!(buckets[0].time_bucket, start_ms);
    assert_eq!((buckets[0].avg_hash_rate, buckets[0].max_hash_rate), (Some(15.0), Some(20.0)));
    assert_eq!((buckets[0].avg_temperature, buckets[0].total_accepted), (None, 30.0));
    assert_eq!((buckets[1].avg_hash_rate, buckets[1].total_accepted), (Some(40.0), 20.0));
    let last = StatsQuery { limit: 1, ..query(now_ms) };
    assert_eq!(store.mining_stats().buckets(last, 60).await.unwrap(), buckets[1..]);
}

/// The second answer is made of the first and of what came since.
#[tokio::test]
async fn buckets_are_remembered_and_stay_true() {
    let rig = Rig::new();
    let node = rig.sqlite();
    let store = rig.open_idle().await;
    let now_ms = now_ms();
    let start_ms = (now_ms - 5 * 3_600_000) / 60_000 * 60_000;
    let insert = |at_ms: i64, gpu: f64, accepted: f64| {
        node.execute(
            "INSERT INTO mining_stats (timestamp, hash_rate, accepted_shares, gpu_id)
             VALUES (?1, ?2, ?3, ?4)",
            (at_ms, accepted / 2.0, accepted, gpu),
        )
        .unwrap();
    };
    let compare = |when: &'static str| {
        let (remembering, rig) = (store.clone(), &rig);
        async move {
            for (hours, interval, gpu_id) in
                [(24, 10, None), (24, 60, None), (3, 10, None), (24, 10, Some(3)), (23, 60, None)]
            {
                let query = StatsQuery { hours, gpu_id, ..query(now_ms) };
                let found = remembering.mining_stats().buckets(query, interval).await.unwrap();
                // One that has been asked nothing yet, on a copy of the file.
                let copy = Rig::new();
                copy_database(rig, &copy);
                let fresh = copy.open();
                let expected = fresh.mining_stats().buckets(query, interval).await.unwrap();
                assert_eq!(found, expected, "{when}, {hours} hours by {interval}, {gpu_id:?}");
                assert!(hours < 5 || !found.is_empty());
            }
        }
    };
    for n in 0..600 {
        insert(start_ms + n * 20_000, (n % 4) as f64, (n / 4) as f64 * 3.0);
    }
    compare("at first").await;
    for n in 600..640 {
        insert(start_ms + n * 20_000, (n % 4) as f64, (n / 4) as f64 * 3.0);
    }
    compare("with new rows").await;
    insert(start_ms + 25_000, 3.0, 1e6);
    compare("with a late row").await;
    node.execute_batch("DELETE FROM mining_stats WHERE id > 300").unwrap();
    compare("with less").await;
    // Four GPUs that count for themselves: 150 rows each, 3 shares apart.
    node.execute_batch("DELETE FROM mining_stats").unwrap();
    for n in 0..600 {
        insert(start_ms + n * 20_000, (n % 4) as f64, (n / 4) as f64 * 3.0);
    }
    let buckets = store.mining_stats().buckets(query(now_ms), 10).await.unwrap();
    let found: f64 = buckets.iter().map(|bucket| bucket.total_accepted).sum();
    assert_eq!(found, 4.0 * 149.0 * 3.0);
}

fn copy_database(from: &Rig, to: &Rig) {
    from.sqlite().execute("VACUUM INTO ?1", [to.database().display().to_string()]).unwrap();
}

#[tokio::test]
async fn old_samples_go_and_rows_for_node_stay() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    // The first two in one slot of 30 s.
    let now_ms = now_ms() / 30_000 * 30_000 + 1_000;
    let day_ms = 86_400_000;
    let ages = [31 * day_ms, 31 * day_ms - 5_000, 30 * day_ms + 60_000, 29 * day_ms, 60_000];
    store.record(ages.map(|age_ms| sample(now_ms - age_ms, MINER, 1)));
    store.flush().await.unwrap();
    assert_eq!(count(&rig.sqlite(), "qm_samples"), 2, "the last two");
    assert_eq!(count(&rig.sqlite(), "mining_stats"), 4, "two of them within one slot");
    let oldest: i64 = rig
        .sqlite()
        .query_row("SELECT min(key) >> 12 FROM qm_samples", [], |row| row.get(0))
        .unwrap();
    assert_eq!(oldest, now_ms - 29 * day_ms);
}

#[tokio::test]
async fn a_long_absence_is_cleared_a_day_at_a_time() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let now_ms = now_ms();
    let day_ms = 86_400_000;
    store.record((40..50).map(|days| sample(now_ms - days * day_ms, MINER, 1)));
    for left in (0..10).rev() {
        store.flush().await.unwrap();
        assert_eq!(count(&rig.sqlite(), "qm_samples"), left);
    }
}

/// The clock was years ahead and is set right: Node gets its rows again.
#[tokio::test]
async fn a_clock_that_was_ahead() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    store
        .state()
        .set("mining_stats.derived_until_ms", (now_ms() + 1_000_000_000_000).to_string())
        .await
        .unwrap();
    store.record([sample(now_ms() - 60_000, MINER, 1)]);
    store.flush().await.unwrap();
    assert_eq!(count(&rig.sqlite(), "mining_stats"), 0, "of the past nothing is known");
    store.state().set("mining_stats.derived_until_ms", "0".into()).await.unwrap();
    store.flush().await.unwrap();
    assert_eq!(count(&rig.sqlite(), "mining_stats"), 1);
}

#[tokio::test]
async fn once_an_hour_only_the_thousand_highest_blocks_stay() {
    let rig = Rig::new();
    let (store, node) = (rig.open_idle().await, rig.sqlite());
    node.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1010)
         INSERT INTO validated_blocks (block_number, timestamp) SELECT i, i FROM n",
    )
    .unwrap();
    store.flush().await.unwrap();
    assert_eq!(count(&node, "validated_blocks"), 1_010, "an hour is not over");
    store.close().await.unwrap();

    let options = Options { prune_every: Duration::ZERO, ..Options::default() };
    let store = Store::open_with(Location::File(rig.database()), options).unwrap();
    store.flush().await.unwrap();
    assert_eq!(count(&node, "validated_blocks"), 1_000);
    let lowest: i64 = node
        .query_row("SELECT min(block_number) FROM validated_blocks", [], |row| row.get(0))
        .unwrap();
    assert_eq!(lowest, 11);
}
