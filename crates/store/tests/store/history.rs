use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quaiminer_domain::history::{Fold, History, MinerSample, Span};
use quaiminer_store::{Location, Store};

use crate::help::{Rig, count, eventually, hasty, now_ms, sample};

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

/// Readings come when they come: two may fall on one moment of the grid.
#[tokio::test]
async fn two_samples_of_a_miner_for_one_moment_are_not_added_up() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let at_ms = now_ms() / 10_000 * 10_000 - 20_000;
    for count in 1..=3 {
        store.record([sample(at_ms, MINER, count)]);
    }
    let span = Span::new(at_ms, at_ms + 10_000, 10_000).unwrap();
    let history = store.history(span).await.unwrap();
    assert_eq!(history.hashrate_avg_hs, [Some(30e6)]);
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

/// A life with gaps, restarts and unknown numbers.
fn life(start_ms: i64, moments: i64) -> Vec<MinerSample> {
    let mut samples = Vec::new();
    for n in 0..moments {
        for (number, miner) in [MINER, "b", "c"].into_iter().enumerate() {
            let odd = (n * 7 + number as i64 * 13) % 101;
            // One is away for minutes, and over the end of an hour.
            if odd == 5 || (number == 1 && (650..900).contains(&n)) {
                continue;
            }
            let counted = (n % 400) as u64 * (number as u64 + 1);
            samples.push(MinerSample {
                hashrate_hs: (odd != 6).then_some(30e6 + odd as f64 * 1_234.5),
                power_w: (odd != 7).then_some(100.25 + odd as f64),
                temp_c: (odd != 8).then_some(50.0 + odd as f64),
                uptime_s: None,
                ..sample(start_ms + n * 5_000, miner, counted)
            });
        }
    }
    samples
}

/// What was folded is what a reading of all samples comes to.
#[tokio::test]
async fn minutes_make_the_same_chart_as_samples() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let start_ms = now_ms() / 3_600_000 * 3_600_000 - 3 * 3_600_000;
    let samples = life(start_ms, 2_000);
    let spans: Vec<Span> = [(60_000, 170), (300_000, 40), (1_500_000, 9), (7_260_000, 2)]
        .map(|(step_ms, steps)| Span::new(start_ms, start_ms + step_ms * steps, step_ms).unwrap())
        .into();
    let expected = spans.iter().map(|span| {
        let mut fold = Fold::new(*span);
        samples.iter().for_each(|sample| fold.push(sample));
        fold.finish()
    });
    let expected: Vec<History> = expected.collect();
    // In parts, of which some wait, some are folded, and the last come late.
    let (first, rest) = samples.split_at(2_500);
    let (second, late): (Vec<_>, Vec<_>) =
        rest.iter().cloned().enumerate().partition(|(n, _)| n % 100 != 3);
    store.record(first.to_vec());
    store.flush().await.unwrap();
    store.record(second.into_iter().map(|(_, sample)| sample));
    store.flush().await.unwrap();
    store.record(late.into_iter().map(|(_, sample)| sample));
    for stage in ["waiting", "committed by the way", "folded", "opened anew"] {
        match stage {
            "committed by the way" => store.state().set("a", "b".into()).await.unwrap(),
            "folded" => store.flush().await.unwrap(),
            _ => {}
        }
        for (span, expected) in spans.iter().zip(&expected) {
            let found = store.history(*span).await.unwrap();
            assert_eq!(found.accepted, expected.accepted, "{stage}");
            assert_eq!(found.coverage, expected.coverage, "{stage}");
            assert_eq!(found.hashrate_min_hs, expected.hashrate_min_hs, "{stage}");
            assert_eq!(found.hashrate_max_hs, expected.hashrate_max_hs, "{stage}");
            assert_eq!(found.temp_max_c, expected.temp_max_c, "{stage}");
            let columns = [
                (&found.hashrate_avg_hs, &expected.hashrate_avg_hs),
                (&found.power_avg_w, &expected.power_avg_w),
            ];
            for (found, expected) in columns {
                for (found, expected) in found.iter().zip(expected) {
                    let (found, expected) = (found.unwrap_or(-1.0), expected.unwrap_or(-1.0));
                    assert!((found - expected).abs() <= expected.abs() * 1e-12, "{stage}");
                }
            }
        }
    }
    // Nothing of it was read one by one.
    rig.sqlite().execute_batch("DELETE FROM qm_samples").unwrap();
    assert_eq!(store.history(spans[2]).await.unwrap().coverage, expected[2].coverage);
}

/// A database from before there were minutes gets them, a little at a time.
#[tokio::test]
async fn an_old_database_is_folded_in_the_background() {
    let rig = Rig::new();
    let start_ms = now_ms() / 60_000 * 60_000 - 8 * 86_400_000;
    let store = rig.open_idle().await;
    store.record((0..8).flat_map(|day| {
        (0..10).map(move |n| sample(start_ms + day * 86_400_000 + n * 5_000, MINER, n as u64))
    }));
    store.state().set("a", "b".into()).await.unwrap();
    store.close().await.unwrap();
    rig.sqlite()
        .execute_batch(
            "DELETE FROM qm_minutes; DELETE FROM qm_state WHERE key = 'minutes.until_ms'",
        )
        .unwrap();
    let store = Store::open_with(Location::File(rig.database()), hasty()).unwrap();
    let node = rig.sqlite();
    eventually("all days are folded", || count(&node, "qm_minutes") == 8);
    let span = Span::new(start_ms, start_ms + 8 * 86_400_000, 86_400_000).unwrap();
    let history = store.history(span).await.unwrap();
    assert_eq!(history.accepted.iter().flatten().sum::<u64>(), 72);
    store.close().await.unwrap();
}

#[tokio::test]
async fn minutes_go_with_their_samples() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let day_ms = 86_400_000;
    store.record([29, 10, 0].map(|days| sample(now_ms() - days * day_ms - 120_000, MINER, 1)));
    for _ in 0..3 {
        store.flush().await.unwrap();
    }
    assert_eq!(count(&rig.sqlite(), "qm_minutes"), 3);
    rig.sqlite()
        .execute(
            "UPDATE qm_minutes SET hour = hour - 48 WHERE hour <= ?1",
            [(now_ms() - 28 * day_ms) / 3_600_000],
        )
        .unwrap();
    store.flush().await.unwrap();
    assert_eq!(count(&rig.sqlite(), "qm_minutes"), 2);
}

/// A chart looked at again and again, with samples that come late, commits in
/// between and other charts beside it, is that of all samples.
#[tokio::test]
async fn what_is_kept_of_a_chart_makes_the_same_chart() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let start_ms = (now_ms() - 10_000_000) / 300_000 * 300_000;
    let all = life(start_ms, 1_500);
    let is_late = |n: usize| n % 97 == 5 || n % 31 == 7;
    let mut recorded: Vec<MinerSample> = Vec::new();
    for (turn, part) in all.chunks(300).enumerate() {
        let (late, on_time): (Vec<_>, Vec<_>) =
            part.iter().cloned().enumerate().partition(|(n, _)| is_late(*n));
        let mut give = |samples: Vec<(usize, MinerSample)>| {
            for (_, sample) in samples {
                store.record([sample.clone()]);
                recorded.push(sample);
            }
            recorded.sort_by_key(|sample| sample.at_ms);
            recorded.clone()
        };
        for samples in [on_time, late] {
            let recorded = give(samples);
            if turn % 3 == 1 {
                store.flush().await.unwrap();
            }
            let end_ms = recorded.last().unwrap().at_ms + 1;
            for (range_ms, step_ms) in [
                (3_600_000, 15_000),
                (3_600_000, 15_000),
                (900_000, 5_000),
                (600_000, 7_000),
                (7_200_000, 60_000),
                (3_600_000, 15_000),
                (30_000, 15_000),
            ] {
                let of_the_past = turn as i64 % 2 * 1_000_000;
                for end_ms in [end_ms, end_ms - of_the_past, end_ms + 100_000] {
                    let span = Span::new(end_ms - range_ms, end_ms, step_ms).unwrap();
                    let mut fold = Fold::new(span);
                    recorded.iter().for_each(|sample| fold.push(sample));
                    let found = store.history(span).await.unwrap();
                    assert_eq!(found, fold.finish(), "{turn}: {span:?}");
                }
            }
        }
    }
}
