//! What may be done, in which order, and how often.

use super::decision::Rule;
use super::settings::{Cap, Settings};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Longer than a miner takes to end. Whoever starts it again meanwhile is not
/// given the growing pauses of what merely does not work.
const STOP_PAUSE_S: u64 = 60;

/// From the gentlest to the hardest; the last is not on the ladder, but what
/// remains where running does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    RestartMiner,
    LastGoodSheet,
    ResetTuning,
    Reboot,
    StopMiner,
}

impl Step {
    pub const ALL: [Step; 5] =
        [Step::RestartMiner, Step::LastGoodSheet, Step::ResetTuning, Step::Reboot, Step::StopMiner];

    pub const fn name(self) -> &'static str {
        match self {
            Step::RestartMiner => "restart_miner",
            Step::LastGoodSheet => "last_good_sheet",
            Step::ResetTuning => "reset_tuning",
            Step::Reboot => "reboot",
            Step::StopMiner => "stop_miner",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Step::ALL.into_iter().find(|step| step.name() == name)
    }

    pub const fn title(self) -> &'static str {
        match self {
            Step::RestartMiner => "the miner is restarted",
            Step::LastGoodSheet => "the miner is restarted with the last sheet that worked",
            Step::ResetTuning => "the tuning of the GPUs is reset",
            Step::Reboot => "the rig is rebooted",
            Step::StopMiner => "the miner is stopped",
        }
    }

    /// Concerns all miners, and is counted for all together.
    pub const fn is_of_the_rig(self) -> bool {
        matches!(self, Step::ResetTuning | Step::Reboot)
    }

    /// How often it is tried for one fault. A stop is tried as often as its
    /// cap allows: somebody may start the miner again and again.
    const fn tries(self) -> u32 {
        match self {
            Step::RestartMiner => 2,
            Step::LastGoodSheet | Step::ResetTuning | Step::Reboot => 1,
            Step::StopMiner => u32::MAX,
        }
    }

    /// What can help against a fault, in order. Neither another sheet nor
    /// other clocks bring a card back; a reset of the tuning takes the limits of
    /// power and the fan curve with it, which is no help against heat; who
    /// diverts the rewards is not to be started once more.
    const fn for_rule(rule: Rule) -> &'static [Step] {
        match rule {
            Rule::ForeignWallet => &[Step::StopMiner],
            Rule::GpuTooHot => &[Step::LastGoodSheet, Step::StopMiner],
            Rule::GpuMissing => &[Step::RestartMiner, Step::Reboot],
            Rule::GpuHung => &[Step::RestartMiner, Step::ResetTuning, Step::Reboot],
            Rule::ProcessGone
            | Rule::ApiSilent
            | Rule::LowHashrate
            | Rule::NoShares
            | Rule::GpuLowHashrate
            | Rule::BadShares => {
                &[Step::RestartMiner, Step::LastGoodSheet, Step::ResetTuning, Step::Reboot]
            }
        }
    }
}

/// An act as it was recorded, for a watchdog that begins anew: a rig that
/// reboots must not forget that it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAct {
    pub step: Step,
    pub miner: String,
    /// By the wall clock.
    pub at_ms: i64,
}

/// The acts of the last day, by the monotonic clock; those before it began
/// lie below zero.
#[derive(Debug, Default)]
pub(super) struct Acts(Vec<PastAct>);

impl Acts {
    pub(super) fn resume(past: &[PastAct], mono_ms: u64, wall_ms: i64) -> Acts {
        let now_ms = signed(mono_ms);
        let acts = past.iter().map(|act| {
            // From the future is as good as just now.
            let age_ms = wall_ms.saturating_sub(act.at_ms).max(0);
            PastAct { at_ms: now_ms.saturating_sub(age_ms), ..act.clone() }
        });
        Acts(acts.filter(|act| now_ms - DAY_MS < act.at_ms).collect())
    }

    pub(super) fn note(&mut self, step: Step, miner: &str, now_ms: u64) {
        let now_ms = signed(now_ms);
        self.0.retain(|act| now_ms - DAY_MS < act.at_ms);
        self.0.push(PastAct { step, miner: miner.to_owned(), at_ms: now_ms });
    }

    fn allow(&self, step: Step, miner: &str, now_ms: u64, cap: Cap) -> bool {
        let within = |window_ms: i64, most: u32| {
            let since_ms = signed(now_ms) - window_ms;
            let done = self.0.iter().filter(|act| {
                act.step == step
                    && (step.is_of_the_rig() || act.miner == miner)
                    && act.at_ms > since_ms
            });
            u32::try_from(done.count()).is_ok_and(|done| done < most)
        };
        within(HOUR_MS, cap.per_hour) && within(DAY_MS, cap.per_day)
    }
}

/// A monotonic clock that counts up from a boot stays far below this.
fn signed(mono_ms: u64) -> i64 {
    i64::try_from(mono_ms).unwrap_or(i64::MAX)
}

/// Which steps there are at all at the moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Able {
    pub(super) last_good_sheet: bool,
    pub(super) reset_tuning: bool,
    pub(super) reboot: bool,
}

impl Able {
    const fn to(self, step: Step) -> bool {
        match step {
            Step::RestartMiner | Step::StopMiner => true,
            Step::LastGoodSheet => self.last_good_sheet,
            Step::ResetTuning => self.reset_tuning,
            Step::Reboot => self.reboot,
        }
    }
}

/// How far the ladder has been climbed for one fault.
#[derive(Debug, Default)]
pub(super) struct Climb {
    tried: Vec<Step>,
    pub(super) next_ms: u64,
}

impl Climb {
    pub(super) const fn began(&self) -> bool {
        !self.tried.is_empty()
    }

    /// The lowest step that was not tried often enough, that is possible and
    /// not capped, and not below one that was tried already.
    pub(super) fn next(
        &self,
        rule: Rule,
        miner: &str,
        able: Able,
        acts: &Acts,
        now_ms: u64,
        settings: &Settings,
    ) -> Option<Step> {
        let highest = self.tried.iter().max().copied().unwrap_or(Step::RestartMiner);
        Step::for_rule(rule).iter().copied().find(|step| {
            let tried = self.tried.iter().filter(|tried| *tried == step).count();
            *step >= highest
                && u32::try_from(tried).is_ok_and(|tried| tried < step.tries())
                && able.to(*step)
                && acts.allow(*step, miner, now_ms, settings.cap(*step))
        })
    }

    /// Pauses grow, as what did not help twice is not urgent.
    pub(super) fn note(&mut self, step: Step, now_ms: u64, settings: &Settings) {
        let doublings = u32::try_from(self.tried.len()).unwrap_or(u32::MAX).min(16);
        let pause_s = match step {
            Step::StopMiner => STOP_PAUSE_S,
            _ => settings.first_pause_s.saturating_mul(1 << doublings),
        };
        let pause_ms = pause_s.min(settings.longest_pause_s).saturating_mul(1000);
        self.next_ms = now_ms.saturating_add(pause_ms);
        self.tried.push(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_outlive_a_reboot_and_wrong_clocks() {
        let cap = Cap { per_hour: 1, per_day: 2 };
        let reboot = |at_ms| PastAct { step: Step::Reboot, miner: "a".to_owned(), at_ms };
        let check = |past: &[PastAct], after_ms: u64, allowed: bool| {
            // The wall clock stands at ten days.
            let acts = Acts::resume(past, 1000, 10 * DAY_MS);
            assert_eq!(acts.allow(Step::Reboot, "b", 1000 + after_ms, cap), allowed, "{past:?}");
        };
        let hour = HOUR_MS as u64;
        let recent = [reboot(10 * DAY_MS - 1000)];
        check(&[], 0, true);
        check(&recent, 0, false);
        check(&recent, hour - 1000, true);
        check(&recent, hour - 1001, false);
        check(&[reboot(11 * DAY_MS)], 0, false);
        check(&[reboot(11 * DAY_MS)], hour, true);
        check(&[reboot(9 * DAY_MS + 5), reboot(9 * DAY_MS + 5)], 4, false);
        check(&[reboot(9 * DAY_MS + 5), reboot(9 * DAY_MS + 5)], 5, true);
        check(&[reboot(i64::MIN), reboot(3)], 0, true);
    }
}
