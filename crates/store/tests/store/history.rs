use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quaiminer_domain::history::{MinerSample, Span};
use quaiminer_store::{Location, Store};

use crate::help::{Rig, hasty, now_ms, sample};

const MINER: &str = "kawpowminer://127.0.0.1:21373";

#[tokio::test]
async fn what_waits_and_what_is_stored_make_one_history() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let start_ms = now_ms() / 100_000 * 100_000 - 100_000;
    let moment = |n: i64| {
        [
            sample(start_ms + n * 5_000, MINER, n as u64),
            sample(start_ms + n * 5_000, "b", 2 * n as u64),
        ]
    };
    let span = Span::new(start_ms, start_ms + 100_000, 10_000).unwrap();
    for n in 0..20 {
        store.record(moment(n));
        if n == 9 {
            store.flush().await.unwrap();
        }
    }
    let history = store.history(span).await.unwrap();
    assert_eq!(history.hashrate_avg_hs, vec![Some(60e6); 10]);
    assert_eq!(history.coverage, vec![1.0; 10]);
    assert_eq!(history.accepted.iter().flatten().sum::<u64>(), 19 + 38);
    assert_eq!(history.temp_max_c, vec![Some(61.0); 10]);

    store.flush().await.unwrap();
    assert_eq!(store.history(span).await.unwrap(), history);
    // Recorded once more, as after a kill.
    (0..20).for_each(|n| store.record(moment(n)));
    assert_eq!(store.history(span).await.unwrap(), history);
    store.flush().await.unwrap();
    assert_eq!(store.history(span).await.unwrap(), history);
}

#[tokio::test]
async fn counting_goes_on_where_it_stood_before_the_span() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let start_ms = now_ms() / 10_000 * 10_000 - 1_000_000;
    store.record([sample(start_ms - 500_000, MINER, 40)]);
    store.flush().await.unwrap();
    store.record([sample(start_ms - 5_000, "b", 7), sample(start_ms, MINER, 45)]);
    store.record([sample(start_ms + 5_000, "b", 9)]);
    let span = Span::new(start_ms, start_ms + 10_000, 10_000).unwrap();
    assert_eq!(store.history(span).await.unwrap().accepted, [Some(5 + 2)]);
}

#[tokio::test]
async fn everything_comes_back_as_it_was() {
    let rig = Rig::new();
    let store = rig.open();
    let at_ms = now_ms() - 60_000;
    let unknown = MinerSample { at_ms, miner: MINER.into(), ..MinerSample::default() };
    store.record([unknown]);
    store.close().await.unwrap();
    let store = rig.open();
    let span = Span::new(at_ms, at_ms + 1, 5_000).unwrap();
    let history = store.history(span).await.unwrap();
    assert_eq!(history.hashrate_avg_hs, [None]);
    assert_eq!(history.accepted, [None]);
    assert_eq!(history.coverage, [1.0]);
}

/// Readers see every sample exactly once, whatever the writer does meanwhile.
#[tokio::test]
async fn reading_while_writing() {
    let rig = Rig::new();
    let store = Store::open_with(Location::File(rig.database()), hasty()).unwrap();
    let start_ms = now_ms() / 10_000 * 10_000 - 10_000_000;
    let done = Arc::new(AtomicBool::new(false));
    let (writer, finished) = (store.clone(), done.clone());
    let recording = std::thread::spawn(move || {
        for n in 0..2_000 {
            writer.record([sample(start_ms + n * 5_000, MINER, n as u64)]);
            std::thread::sleep(std::time::Duration::from_micros(500));
        }
        finished.store(true, Ordering::Release);
    });
    let span = Span::new(start_ms, start_ms + 10_000_000, 10_000).unwrap();
    let mut most = 0;
    let mut readings = 0;
    loop {
        let last = done.load(Ordering::Acquire);
        let history = store.history(span).await.unwrap();
        let found: u64 = history.accepted.iter().flatten().sum();
        let watched = history.coverage.iter().sum::<f64>() * 2.0;
        let expected = if watched == 0.0 { 0.0 } else { watched - 1.0 };
        assert_eq!(found as f64, expected, "a sample was missed or seen twice");
        assert!(found >= most);
        most = found;
        readings += 1;
        if last {
            break;
        }
    }
    assert_eq!(most, 1_999);
    assert!(readings > 10, "{readings}");
    recording.join().unwrap();
    store.close().await.unwrap();
}
