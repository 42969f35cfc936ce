use proptest::prelude::*;

use super::*;

fn sample(at_s: i64, miner: &str, hashrate_hs: f64, accepted: u64) -> MinerSample {
    MinerSample {
        at_ms: at_s * 1000,
        miner: miner.into(),
        hashrate_hs: Some(hashrate_hs),
        accepted: Some(accepted),
        rejected: Some(0),
        ..MinerSample::default()
    }
}

fn fold(span: Span, samples: &[MinerSample]) -> History {
    let mut fold = Fold::new(span);
    samples.iter().for_each(|sample| fold.push(sample));
    fold.finish()
}

fn ten_seconds(buckets: i64) -> Span {
    Span::new(0, buckets * 10_000, 10_000).unwrap()
}

#[test]
fn miners_of_one_moment_are_summed_and_moments_averaged() {
    let history = fold(
        ten_seconds(1),
        &[
            sample(0, "a", 10.0, 0),
            sample(0, "b", 20.0, 0),
            sample(5, "a", 10.0, 0),
            sample(5, "b", 40.0, 0),
        ],
    );
    assert_eq!(history.hashrate_min_hs, [Some(30.0)]);
    assert_eq!(history.hashrate_avg_hs, [Some(40.0)]);
    assert_eq!(history.hashrate_max_hs, [Some(50.0)]);
    assert_eq!(history.coverage, [1.0]);
}

#[test]
fn a_gap_stays_a_gap_and_half_a_bucket_is_half_covered() {
    let history = fold(ten_seconds(3), &[sample(0, "a", 1.0, 0), sample(25, "a", 1.0, 4)]);
    assert_eq!(history.hashrate_avg_hs, [Some(1.0), None, Some(1.0)]);
    assert_eq!(history.accepted, [Some(0), None, Some(4)]);
    assert_eq!(history.coverage, [0.5, 0.0, 0.5]);
}

#[test]
fn one_miner_that_does_not_know_makes_the_sum_unknown() {
    let silent = MinerSample { hashrate_hs: None, ..sample(0, "b", 0.0, 7) };
    let history = fold(ten_seconds(1), &[sample(0, "a", 10.0, 0), silent, sample(5, "a", 9.0, 1)]);
    assert_eq!(history.hashrate_max_hs, [Some(9.0)]);
    assert_eq!(history.accepted, [Some(1)]);
}

#[test]
fn temperatures_take_the_hottest_and_power_the_mean() {
    let with = |at_s, miner, temp_c, power_w| MinerSample {
        temp_c,
        power_w,
        ..sample(at_s, miner, 1.0, 0)
    };
    let history = fold(
        ten_seconds(2),
        &[
            with(0, "a", Some(60.0), Some(100.0)),
            with(0, "b", None, Some(50.0)),
            with(5, "a", Some(55.0), Some(200.0)),
            with(10, "a", None, None),
        ],
    );
    assert_eq!(history.temp_max_c, [Some(60.0), None]);
    assert_eq!(history.power_avg_w, [Some(175.0), None]);
}

#[test]
fn a_restart_is_counted_from_zero() {
    let history = fold(
        ten_seconds(1),
        &[sample(0, "a", 1.0, 100), sample(4, "a", 1.0, 103), sample(8, "a", 1.0, 2)],
    );
    assert_eq!(history.accepted, [Some(5)]);
}

#[test]
fn a_restart_is_recognised_by_uptime_alone() {
    let up = |at_s, uptime_s, accepted| MinerSample {
        uptime_s: Some(uptime_s),
        ..sample(at_s, "a", 1.0, accepted)
    };
    let history = fold(ten_seconds(1), &[up(0, 900, 3), up(5, 4, 8)]);
    assert_eq!(history.accepted, [Some(8)]);
}

#[test]
fn what_came_before_the_span_is_where_counting_starts() {
    let span = Span::new(10_000, 20_000, 10_000).unwrap();
    let history = fold(span, &[sample(0, "a", 1.0, 40), sample(12, "a", 1.0, 45)]);
    assert_eq!(history.accepted, [Some(5)]);
    assert_eq!(history.hashrate_avg_hs, [Some(1.0)]);
}

#[test]
fn what_comes_after_the_span_is_left_out() {
    let history = fold(ten_seconds(1), &[sample(0, "a", 1.0, 1), sample(10, "a", 9.0, 9)]);
    assert_eq!(history.accepted, [Some(0)]);
    assert_eq!(history.hashrate_max_hs, [Some(1.0)]);
}

#[test]
fn a_counter_that_was_unknown_for_a_while_loses_nothing() {
    let unknown = MinerSample { accepted: None, ..sample(5, "a", 1.0, 0) };
    let history = fold(ten_seconds(2), &[sample(0, "a", 1.0, 3), unknown, sample(10, "a", 1.0, 7)]);
    assert_eq!(history.accepted, [Some(0), Some(4)]);
}

/// One step of a miner's life, as the dashboard sees it.
#[derive(Debug, Clone, Copy)]
enum Step {
    Found(u8),
    Restarted(u8),
    NotAsked,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<u8>().prop_map(Step::Found),
        1 => any::<u8>().prop_map(Step::Restarted),
        3 => Just(Step::NotAsked),
    ]
}

proptest! {
    /// Whatever is restarted or missed: the points add up to what was found
    /// since each miner was first seen, and there is a point exactly where
    /// there was a sample.
    #[test]
    fn increases_add_up(
        lives in prop::collection::vec(prop::collection::vec(step(), 1..120), 1..4),
        step_s in 1_i64..60,
    ) {
        let longest = lives.iter().map(Vec::len).max().unwrap_or(0) as i64;
        let span = Span::new(0, longest * 5_000, step_s * 1000).unwrap();
        let mut samples = Vec::new();
        let mut found = 0_u64;
        for (number, life) in lives.iter().enumerate() {
            let mut seen = false;
            let (mut uptime_s, mut accepted) = (1_000_000_u64, 500_u64);
            for (tick, step) in life.iter().enumerate() {
                let more = match step {
                    Step::NotAsked => continue,
                    Step::Found(more) => {
                        uptime_s += 5;
                        accepted += u64::from(*more);
                        *more
                    }
                    Step::Restarted(more) => {
                        // Any step down will do; some miners tell minutes only.
                        uptime_s -= 6;
                        accepted = u64::from(*more);
                        *more
                    }
                };
                if seen {
                    found += u64::from(more);
                }
                seen = true;
                samples.push(MinerSample {
                    uptime_s: Some(uptime_s),
                    ..sample(tick as i64 * 5, &format!("miner{number}"), 7.0, accepted)
                });
            }
        }
        samples.sort_by_key(|sample| sample.at_ms);

        let history = fold(span, &samples);

        prop_assert_eq!(history.accepted.iter().flatten().sum::<u64>(), found);
        for (index, point) in history.accepted.iter().enumerate() {
            let from_ms = index as i64 * step_s * 1000;
            let to_ms = from_ms + step_s * 1000;
            let any = samples.iter().any(|sample| (from_ms..to_ms).contains(&sample.at_ms));
            prop_assert_eq!(point.is_some(), any);
            prop_assert_eq!(history.hashrate_avg_hs[index].is_some(), any);
            prop_assert_eq!(history.coverage[index] > 0.0, any);
            if let (Some(min), Some(avg), Some(max)) = (
                history.hashrate_min_hs[index],
                history.hashrate_avg_hs[index],
                history.hashrate_max_hs[index],
            ) {
                prop_assert!(min <= avg && avg <= max);
            }
        }
    }
}
