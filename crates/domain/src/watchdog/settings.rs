//! What the owner may set, with ranges. The defaults rather act late than
//! without need: a restart costs minutes of mining, a missed fault is seen by
//! the owner too.

use super::ladder::Step;

#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// After a start, nothing but heat and wallet is judged for so long:
    /// several GB of DAG are built on every card, on slow boards one by one.
    pub grace_s: u64,
    /// After a fault outside, maintenance or a suspend, for miners to connect
    /// and warm up.
    pub settle_s: u64,
    /// Without a fault for so long, the ladder begins at its foot again.
    pub recovered_after_s: u64,

    /// Time in which luck alone may cause one false alarm for missing shares.
    pub luck_days: f64,
    /// Times as many shares are waited for as luck asks for, as hashrate and
    /// difficulty are told with errors.
    pub share_margin: f64,
    /// But never less than this without a share: pools hiccup.
    pub no_share_s: u64,

    /// Of the usual hashrate, for one GPU and for a miner as a whole.
    pub gpu_hashrate_percent: f64,
    pub hashrate_percent: f64,
    /// It counts as restored so many points above that.
    pub hashrate_hysteresis_percent: f64,
    pub hashrate_s: u64,

    /// Rejected and invalid among all shares of the window; it counts as
    /// restored at half of it.
    pub bad_share_percent: f64,
    pub bad_share_window_min: usize,
    /// With fewer shares in the window, a few bad ones are chance.
    pub bad_share_minimum: u64,

    pub gpu_missing_s: u64,
    pub gpu_hung_s: u64,
    /// Cores and memory have their own limits; both are cool again 10 degrees
    /// below. The protection against damage is elsewhere, faster and lower.
    pub hot_c: f64,
    pub hot_memory_c: f64,
    pub hot_s: u64,
    pub silent_s: u64,
    /// Longer than the longest pause of the supervisor, which comes first.
    pub gone_s: u64,
    /// A miner that is just started anew for a new wallet is no thief.
    pub wallet_s: u64,

    /// Before the second act for one fault; doubled for each one after it.
    pub first_pause_s: u64,
    pub longest_pause_s: u64,
    pub reboot: bool,
    pub restart_cap: Cap,
    pub last_good_sheet_cap: Cap,
    pub reset_tuning_cap: Cap,
    pub reboot_cap: Cap,
    pub stop_cap: Cap,
}

/// The most acts of one kind: restarts, sheets and stops for each miner,
/// tuning and reboots for the rig.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    pub per_hour: u32,
    pub per_day: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            grace_s: 300,
            settle_s: 180,
            recovered_after_s: 900,
            luck_days: 365.0,
            share_margin: 1.5,
            no_share_s: 600,
            gpu_hashrate_percent: 70.0,
            hashrate_percent: 80.0,
            hashrate_hysteresis_percent: 10.0,
            hashrate_s: 300,
            bad_share_percent: 15.0,
            bad_share_window_min: 60,
            bad_share_minimum: 100,
            gpu_missing_s: 60,
            gpu_hung_s: 60,
            hot_c: 90.0,
            hot_memory_c: 110.0,
            hot_s: 60,
            silent_s: 120,
            gone_s: 120,
            wallet_s: 30,
            first_pause_s: 300,
            longest_pause_s: 3600,
            reboot: false,
            restart_cap: Cap { per_hour: 3, per_day: 12 },
            last_good_sheet_cap: Cap { per_hour: 1, per_day: 3 },
            reset_tuning_cap: Cap { per_hour: 1, per_day: 3 },
            reboot_cap: Cap { per_hour: 1, per_day: 2 },
            stop_cap: Cap { per_hour: 6, per_day: 24 },
        }
    }
}

/// A number with its name and the least and most it may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranged {
    pub name: String,
    pub value: f64,
    pub least: f64,
    pub most: f64,
}

impl Settings {
    /// The first setting that is out of its range.
    pub fn check(&self) -> Result<(), Ranged> {
        let wrong = self.ranged().into_iter().find(|one| {
            // Not a number is in no range.
            !(one.least..=one.most).contains(&one.value)
        });
        wrong.map_or(Ok(()), Err)
    }

    /// Every number with its range, for the form and for refusals.
    pub fn ranged(&self) -> Vec<Ranged> {
        let n = |name: &str, value, least, most| {
            let name = name.to_owned();
            Ranged { name, value, least, most }
        };
        let s = |name: &str, value: u64, least: u64, most: u64| {
            n(name, value as f64, least as f64, most as f64)
        };
        let mut all = vec![
            s("grace_s", self.grace_s, 60, 3600),
            s("settle_s", self.settle_s, 30, 3600),
            s("recovered_after_s", self.recovered_after_s, 60, 86_400),
            n("luck_days", self.luck_days, 30.0, 36_500.0),
            n("share_margin", self.share_margin, 1.0, 10.0),
            s("no_share_s", self.no_share_s, 120, 86_400),
            n("gpu_hashrate_percent", self.gpu_hashrate_percent, 10.0, 95.0),
            n("hashrate_percent", self.hashrate_percent, 10.0, 95.0),
            n("hashrate_hysteresis_percent", self.hashrate_hysteresis_percent, 0.0, 30.0),
            s("hashrate_s", self.hashrate_s, 60, 3600),
            n("bad_share_percent", self.bad_share_percent, 2.0, 100.0),
            s("bad_share_window_min", self.bad_share_window_min as u64, 10, 360),
            s("bad_share_minimum", self.bad_share_minimum, 20, 10_000),
            s("gpu_missing_s", self.gpu_missing_s, 20, 3600),
            s("gpu_hung_s", self.gpu_hung_s, 20, 3600),
            n("hot_c", self.hot_c, 60.0, 105.0),
            n("hot_memory_c", self.hot_memory_c, 70.0, 120.0),
            s("hot_s", self.hot_s, 10, 600),
            s("silent_s", self.silent_s, 30, 3600),
            s("gone_s", self.gone_s, 90, 3600),
            s("wallet_s", self.wallet_s, 10, 600),
            s("first_pause_s", self.first_pause_s, 60, 3600),
            s("longest_pause_s", self.longest_pause_s, 60, 86_400),
        ];
        for step in Step::ALL {
            let cap = self.cap(step);
            let name = step.name();
            all.push(s(&format!("{name}_per_hour"), cap.per_hour.into(), 0, 12));
            all.push(s(&format!("{name}_per_day"), cap.per_day.into(), 0, 48));
        }
        all
    }

    pub(super) const fn cap(&self, step: Step) -> Cap {
        match step {
            Step::RestartMiner => self.restart_cap,
            Step::LastGoodSheet => self.last_good_sheet_cap,
            Step::ResetTuning => self.reset_tuning_cap,
            Step::Reboot => self.reboot_cap,
            Step::StopMiner => self.stop_cap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names() {
        let settings = Settings::default().ranged();
        let names: std::collections::BTreeSet<&str> =
            settings.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names.len(), settings.len());
        for step in Step::ALL {
            assert!(names.contains(format!("{}_per_day", step.name()).as_str()));
            assert_eq!(Step::parse(step.name()), Some(step));
        }
    }

    #[test]
    fn the_defaults_are_in_range_and_nonsense_is_not() {
        assert_eq!(Settings::default().check(), Ok(()));
        for wrong in [
            Settings { grace_s: 0, ..Settings::default() },
            Settings { hot_c: f64::NAN, ..Settings::default() },
            Settings { hashrate_percent: 100.0, ..Settings::default() },
            Settings { reboot_cap: Cap { per_hour: 1, per_day: 99 }, ..Settings::default() },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
