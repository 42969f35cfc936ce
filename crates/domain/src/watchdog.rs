//! Decides when a rig needs help and when it is better left alone.
//!
//! A pure machine: facts and the time go in at every tick, decisions come out,
//! each with what it rests on. It starts nothing, asks nobody and has no clock.
//!
//! A rule that has been met for its time is a finding. A finding leads to the
//! next step of the ladder, unless something speaks against it: then the
//! watchdog says so and waits. Nothing is done to the rig for what is not its
//! fault, and nothing more often than the caps allow.

mod clock;
mod decision;
mod evidence;
mod held;
mod ladder;
mod miner;
mod rules;
mod settings;
mod shares;
mod usual;

pub use clock::Moment;
pub use decision::{Decision, Finding, Hold, Left, Rule, Verdict};
pub use evidence::{
    Evidence, GpuEvidence, GpuHealth, MinerEvidence, Outside, Place, Probe, Process, Wallet,
};
pub use ladder::{PastAct, Step};
pub use settings::{Cap, Ranged, Settings};

use std::collections::BTreeMap;

use clock::Clock;
use ladder::{Able, Acts};
use miner::{Around, MinerWatch};

#[derive(Debug)]
pub struct Watchdog {
    settings: Settings,
    clock: Clock,
    acts: Acts,
    miners: BTreeMap<String, MinerWatch>,
}

impl Watchdog {
    /// `past` holds the acts of the last day, so that their caps outlive a
    /// restart and a reboot.
    pub fn new(settings: Settings, now: Moment, past: &[PastAct]) -> Self {
        let acts = Acts::resume(past, now.mono_ms, now.wall_ms);
        Watchdog { settings, clock: Clock::default(), acts, miners: BTreeMap::new() }
    }

    pub fn set(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// To be called every few seconds. The acts that come out are to be done
    /// and recorded; nothing is to be told for a miner without a decision.
    pub fn tick(&mut self, now: Moment, evidence: &Evidence) -> Vec<Decision> {
        let tick = self.clock.tick(now);
        let settings = &self.settings;
        self.miners.retain(|name, _| evidence.miners.iter().any(|miner| miner.name == *name));
        let fault_anywhere = evidence.miners.iter().find_map(|miner| miner.outside.fault());
        let mut decisions = Vec::new();
        for miner in &evidence.miners {
            let around = Around {
                settings,
                maintenance: evidence.maintenance,
                fault_anywhere: fault_anywhere.as_ref(),
                able: Able {
                    last_good_sheet: miner.has_last_good_sheet,
                    reset_tuning: evidence.can_reset_tuning,
                    reboot: evidence.can_reboot && settings.reboot,
                },
            };
            let watch = self
                .miners
                .entry(miner.name.clone())
                .or_insert_with(|| MinerWatch::new(miner, tick, settings));
            let Some(decision) = watch.tick(miner, tick, &around, &self.acts) else { continue };
            if let Verdict::Act(step) = decision.verdict {
                self.acts.note(step, &miner.name, tick.now_ms);
                if step.is_of_the_rig() {
                    for watch in self.miners.values_mut() {
                        watch.disturb(tick, settings);
                    }
                }
            }
            decisions.push(decision);
        }
        decisions
    }
}
