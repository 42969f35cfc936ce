//! The rules by which all adapters judge what a program is doing, and the
//! blank device that they fill in.

use quaiminer_domain::miner::{Activity, GpuReading, Shares};
use quaiminer_domain::{Fact, Reason};

use crate::lenient::{NOT_REPORTED, or};
use crate::plausible;

/// A lost pool explains a pause (XMRig and kawpowminer both pause then), and a
/// pause explains a hashrate of zero. A program that runs, is not paused and
/// shows no hashrate is about to begin.
pub(crate) fn activity(
    connected: &Fact<bool>,
    paused: Option<String>,
    hashrate_hs: &Fact<f64>,
) -> Activity {
    match (connected.get(), paused, hashrate_hs.get()) {
        (Some(false), _, _) => Activity::NoPool,
        (_, Some(reason), _) => Activity::Paused(reason),
        (_, _, Some(hashrate_hs)) if hashrate_hs > 0.0 => Activity::Mining,
        _ => Activity::Starting,
    }
}

/// Why the program as a whole does not hash, if no device may.
pub(crate) fn all_paused(gpus: &[GpuReading]) -> Option<String> {
    let mut reasons: Vec<&str> = Vec::new();
    for gpu in gpus {
        let reason = gpu.paused.as_deref()?;
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() { None } else { Some(reasons.join("; ")) }
}

/// A device of which nothing is known but that it is there. Its number is the
/// program's own, or the next free one where that is missing or taken.
pub(crate) fn device(wanted: Fact<u64>, others: &[GpuReading]) -> GpuReading {
    let is_free = |index: &u32| others.iter().all(|other| other.index != *index);
    let wanted = wanted.get().and_then(|index| u32::try_from(index).ok());
    let index = wanted.filter(is_free).or_else(|| (0..=u32::MAX).find(is_free)).unwrap_or_default();
    GpuReading {
        index,
        name: Fact::unknown(NOT_REPORTED),
        pci: Fact::unknown(NOT_REPORTED),
        paused: None,
        hashrate_hs: Fact::unknown(NOT_REPORTED),
        shares: Shares::unknown(NOT_REPORTED),
        temp_c: Fact::unknown(NOT_REPORTED),
        memory_temp_c: Fact::unknown(NOT_REPORTED),
        fan_percent: Fact::unknown(NOT_REPORTED),
        power_w: Fact::unknown(NOT_REPORTED),
    }
}

/// All devices together, for programs that report no total. A device that does
/// not tell makes the sum unknown: a part of the power is not the power.
pub(crate) fn total_power_w<'a>(
    gpus: impl IntoIterator<Item = &'a GpuReading>,
    without_gpus: impl Into<Reason>,
) -> Fact<f64> {
    total(&mut gpus.into_iter().map(|gpu| &gpu.power_w), without_gpus.into())
}

/// Likewise.
pub(crate) fn total_hashrate_hs<'a>(
    gpus: impl IntoIterator<Item = &'a GpuReading>,
    without_gpus: impl Into<Reason>,
) -> Fact<f64> {
    let mut hashrates = gpus.into_iter().map(|gpu| &gpu.hashrate_hs);
    plausible::hashrate_hs(total(&mut hashrates, without_gpus.into()))
}

/// The program's own total. Where it has none, or a 0 beside devices that hash,
/// their sum.
pub(crate) fn hashrate_or_sum<'a>(
    own: Fact<f64>,
    gpus: impl IntoIterator<Item = &'a GpuReading>,
) -> Fact<f64> {
    let own = plausible::hashrate_hs(own);
    match own {
        Fact::Known(hs) if hs > 0.0 => own,
        _ => {
            let sum = total_hashrate_hs(gpus, NOT_REPORTED);
            if sum.known().is_some() { sum } else { own }
        }
    }
}

fn total(numbers: &mut dyn Iterator<Item = &Fact<f64>>, without_numbers: Reason) -> Fact<f64> {
    let mut total = None;
    for number in numbers {
        match number {
            Fact::Known(number) => total = Some(total.unwrap_or(0.0) + number),
            Fact::Unknown(reason) => return Fact::Unknown(reason.clone()),
        }
    }
    match total {
        Some(total) => Fact::Known(total),
        None => Fact::Unknown(without_numbers),
    }
}

/// The counters of the program, and sums over its devices where it has none.
pub(crate) fn with_sums<'a>(
    shares: Shares,
    gpus: impl IntoIterator<Item = &'a GpuReading>,
) -> Shares {
    let devices: Vec<&Shares> = gpus.into_iter().map(|gpu| &gpu.shares).collect();
    let sum = |count: Fact<u64>, of: fn(&Shares) -> &Fact<u64>| {
        let counts = devices.iter().map(|shares| of(shares).clone().map(|count| count as f64));
        or(count, plausible::sum(&mut { counts }))
    };
    Shares {
        accepted: sum(shares.accepted, |shares| &shares.accepted),
        rejected: sum(shares.rejected, |shares| &shares.rejected),
        invalid: sum(shares.invalid, |shares| &shares.invalid),
        stale: sum(shares.stale, |shares| &shares.stale),
        last_share_age_s: shares.last_share_age_s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_reason_wins() {
        let hot = Some("hot".to_owned());
        let check = |connected, paused, hashrate_hs, expected| {
            assert_eq!(activity(&connected, paused, &hashrate_hs), expected);
        };
        let (yes, no) = (Fact::Known(true), Fact::Known(false));
        check(no.clone(), hot.clone(), Fact::Known(1.0), Activity::NoPool);
        check(yes.clone(), hot, Fact::Known(0.0), Activity::Paused("hot".to_owned()));
        check(yes.clone(), None, Fact::Known(0.0), Activity::Starting);
        check(yes.clone(), None, Fact::unknown(""), Activity::Starting);
        check(yes, None, Fact::Known(1.0), Activity::Mining);
        check(Fact::unknown(""), None, Fact::Known(1.0), Activity::Mining);
    }

    #[test]
    fn no_two_devices_share_a_number() {
        let mut gpus = Vec::new();
        for wanted in [Fact::Known(1), Fact::Known(1), Fact::unknown(""), Fact::Known(u64::MAX)] {
            gpus.push(device(wanted, &gpus));
        }
        let indexes: Vec<u32> = gpus.iter().map(|gpu| gpu.index).collect();
        assert_eq!(indexes, [1, 0, 2, 3]);
    }

    #[test]
    fn a_total_of_nothing_gives_way_to_devices_that_hash() {
        let gpu = |hashrate_hs| GpuReading { hashrate_hs, ..device(Fact::Known(0), &[]) };
        let check = |own, gpus: &[GpuReading], expected| {
            assert_eq!(hashrate_or_sum(own, gpus).get(), expected);
        };
        let gpus = [gpu(Fact::Known(30.0)), gpu(Fact::Known(31.0))];
        check(Fact::Known(60.0), &gpus, Some(60.0));
        check(Fact::Known(0.0), &gpus, Some(61.0));
        check(Fact::unknown(""), &gpus, Some(61.0));
        check(Fact::Known(0.0), &[gpu(Fact::unknown("lost"))], Some(0.0));
        check(Fact::Known(0.0), &[], Some(0.0));
        check(Fact::unknown(""), &[], None);
    }

    #[test]
    fn sums_stand_in_for_counters() {
        let shares = |accepted, rejected| Shares { accepted, rejected, ..Shares::unknown("") };
        let gpu = |a, r| GpuReading { shares: shares(a, r), ..device(Fact::Known(0), &[]) };
        let gpus =
            [gpu(Fact::Known(5), Fact::Known(1)), gpu(Fact::Known(4), Fact::unknown("lost"))];
        let check = |accepted, rejected, expected| {
            let sums = with_sums(shares(accepted, rejected), &gpus);
            assert_eq!((sums.accepted.get(), sums.rejected.get()), expected);
            assert_eq!(sums.stale, Fact::unknown(""));
        };
        check(Fact::unknown(""), Fact::unknown(""), (Some(9), None));
        check(Fact::Known(10), Fact::Known(3), (Some(10), Some(3)));
    }

    #[test]
    fn a_part_of_the_power_is_not_the_power() {
        let gpu = |power_w| GpuReading { power_w, ..device(Fact::Known(0), &[]) };
        let check = |gpus: &[GpuReading], expected: Option<f64>| {
            assert_eq!(total_power_w(gpus, "none").get(), expected);
        };
        check(&[], None);
        check(&[gpu(Fact::Known(120.0)), gpu(Fact::Known(80.5))], Some(200.5));
        check(&[gpu(Fact::Known(120.0)), gpu(Fact::unknown("lost"))], None);
    }

    #[test]
    fn a_rig_is_paused_when_all_of_it_is() {
        let gpu = |paused: Option<&str>| GpuReading {
            paused: paused.map(str::to_owned),
            ..device(Fact::Known(0), &[])
        };
        assert_eq!(all_paused(&[]), None);
        assert_eq!(all_paused(&[gpu(Some("hot")), gpu(None)]), None);
        assert_eq!(all_paused(&[gpu(Some("hot")), gpu(Some("hot"))]).as_deref(), Some("hot"));
        let both = all_paused(&[gpu(Some("hot")), gpu(Some("Api request"))]);
        assert_eq!(both.as_deref(), Some("hot; Api request"));
    }
}
