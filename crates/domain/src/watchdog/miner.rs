//! One miner under watch: what its rules find, and what follows.

use std::collections::{BTreeMap, BTreeSet};

use super::clock::Tick;
use super::decision::{Decision, Finding, Hold, Left, Rule, Verdict};
use super::evidence::{MinerEvidence, Place, Process};
use super::ladder::{Able, Acts, Climb, Step};
use super::rules::Rules;
use super::settings::Settings;
use crate::miner::Activity;

#[derive(Debug)]
pub(super) struct MinerWatch {
    rules: Rules,
    incident: Option<Incident>,
    /// Faults that were given up and are still there. They keep nobody from
    /// helping against another one.
    written_off: BTreeMap<Subject, WrittenOff>,
    sheet: String,
    orders: u64,
    run: Option<u64>,
    /// Until then only what is urgent is judged.
    quiet_until_ms: u64,
    /// Something outside was at fault at the last tick, or work went on.
    was_excused: bool,
}

/// A rule, and the GPU if it is about one.
type Subject = (Rule, Option<String>);

#[derive(Debug)]
struct WrittenOff {
    finding: Finding,
    calm_ms: u64,
}

/// A fault from its first finding until it is settled, or until a person
/// takes care of it.
#[derive(Debug)]
struct Incident {
    finding: Finding,
    climb: Climb,
    /// Stopped by us, for good: only a person starts it again.
    stopped: bool,
    calm_ms: u64,
    /// Said once in an incident, and once more for each urgent rule.
    told: BTreeSet<(Told, Option<Rule>)>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Maintenance,
    Outside(Place),
    NotKnown(Place),
    NotOurs,
    GaveUp,
}

/// What a decision depends on besides the miner itself.
pub(super) struct Around<'a> {
    pub(super) settings: &'a Settings,
    pub(super) maintenance: bool,
    /// A fault outside of any miner, which holds what concerns all of them.
    pub(super) fault_anywhere: Option<&'a Hold>,
    pub(super) able: Able,
}

impl MinerWatch {
    pub(super) fn new(miner: &MinerEvidence, tick: Tick, settings: &Settings) -> Self {
        MinerWatch {
            rules: Rules::default(),
            incident: None,
            written_off: BTreeMap::new(),
            sheet: miner.sheet.clone(),
            orders: miner.orders,
            run: miner.run(),
            quiet_until_ms: after(tick, settings.grace_s),
            was_excused: false,
        }
    }

    /// Something happened to the rig as a whole.
    pub(super) fn disturb(&mut self, tick: Tick, settings: &Settings) {
        self.rules.clear();
        self.rules.forget_usual();
        self.be_quiet(after(tick, settings.grace_s));
    }

    pub(super) fn tick(
        &mut self,
        miner: &MinerEvidence,
        tick: Tick,
        around: &Around<'_>,
        acts: &Acts,
    ) -> Option<Decision> {
        self.notice_changes(miner, tick, around);
        let stopped = self.incident.as_ref().is_some_and(|incident| incident.stopped);
        if !miner.wanted && miner.run().is_none() && !stopped {
            // Somebody wants it so, and that ends every fault.
            self.rules.clear();
            self.incident = None;
            self.written_off.clear();
            return None;
        }
        let quiet = tick.now_ms < self.quiet_until_ms || !miner.wanted;
        let findings = self.rules.judge(miner, tick, quiet, around.settings);
        // Time in which nothing can be judged heals nothing.
        let calm_ms = if quiet || !self.is_well(miner) { 0 } else { tick.passed_ms };
        let ended = self.settle_written_off(&findings, calm_ms, around.settings);
        let finding = findings.into_iter().find(|finding| {
            finding.rule().is_urgent() || !(stopped || self.is_written_off(finding))
        });
        let (finding, verdict) = match finding {
            Some(finding) => self.met(finding, miner, tick, around, acts),
            None => self.calm(miner, tick, calm_ms, around.settings),
        }
        .or_else(|| Some((ended?, Verdict::Recovered)))?;
        let miner = miner.name.clone();
        Some(Decision { at_ms: tick.wall_ms, miner, finding, verdict })
    }

    /// A card that is given up as missing is not helped as a slow one.
    fn is_written_off(&self, finding: &Finding) -> bool {
        self.written_off.contains_key(&finding.subject())
            || (finding.gpu().is_some()
                && self.written_off.values().any(|fault| {
                    fault.finding.gpu() == finding.gpu() && fault.finding.rule() < finding.rule()
                }))
    }

    /// A fault that was given up and is gone for the settled time.
    fn settle_written_off(
        &mut self,
        findings: &[Finding],
        calm_ms: u64,
        settings: &Settings,
    ) -> Option<Finding> {
        for (subject, fault) in &mut self.written_off {
            if findings.iter().any(|finding| finding.subject() == *subject) {
                fault.calm_ms = 0;
            } else {
                fault.calm_ms = fault.calm_ms.saturating_add(calm_ms);
            }
        }
        let settled_ms = settings.recovered_after_s.saturating_mul(1000);
        let settled = self.written_off.iter().find(|(_, fault)| fault.calm_ms >= settled_ms);
        let subject = settled.map(|(subject, _)| subject.clone())?;
        self.written_off.remove(&subject).map(|fault| fault.finding)
    }

    /// What makes earlier observations worthless.
    fn notice_changes(&mut self, miner: &MinerEvidence, tick: Tick, around: &Around<'_>) {
        let settings = around.settings;
        let grace_ms = after(tick, settings.grace_s);
        let sheet_changed = self.sheet != miner.sheet;
        let climbing = self.incident.as_ref().is_some_and(|incident| incident.climb.began());
        if sheet_changed && !climbing {
            *self = MinerWatch::new(miner, tick, settings);
        } else if self.orders != miner.orders || sheet_changed {
            if self.orders != miner.orders {
                self.incident = None;
                self.written_off.clear();
            }
            (self.sheet, self.orders) = (miner.sheet.clone(), miner.orders);
            self.rules.begin_anew();
            self.be_quiet(grace_ms);
        }
        if let Some(run) = miner.run()
            && self.run.replace(run) != Some(run)
        {
            self.rules.clear();
            // After a restart of ours, what was usual is what to come back to.
            if !climbing {
                self.rules.forget_usual();
            }
            self.be_quiet(grace_ms);
        }
        let excused = around.maintenance || miner.outside.fault().is_some();
        if tick.broken || (self.was_excused && !excused) {
            self.rules.clear();
            self.be_quiet(after(tick, settings.settle_s));
        }
        self.was_excused = excused;
    }

    fn be_quiet(&mut self, until_ms: u64) {
        self.quiet_until_ms = self.quiet_until_ms.max(until_ms);
    }

    /// A rule is met.
    fn met(
        &mut self,
        finding: Finding,
        miner: &MinerEvidence,
        tick: Tick,
        around: &Around<'_>,
        acts: &Acts,
    ) -> Option<(Finding, Verdict)> {
        let settings = around.settings;
        let urgent = finding.rule().is_urgent();
        let incident = self.incident.get_or_insert_with(|| Incident::new(&finding));
        incident.finding.clone_from(&finding);
        incident.calm_ms = 0;
        if let Some(hold) = hold(miner, finding.rule(), around) {
            return incident.wait(hold).map(|wait| (finding, wait));
        }
        let (rule, able) = (finding.rule(), around.able);
        // A theft does not wait for the pause after a restart.
        let at_once = rule == Rule::ForeignWallet && !incident.stopped;
        if tick.now_ms < incident.climb.next_ms && !at_once {
            return None;
        }
        let step = incident.climb.next(rule, &miner.name, able, acts, tick.now_ms, settings);
        let Some(step) = step else {
            let gave_up = incident.give_up(miner);
            if !urgent {
                self.write_off(&finding);
            }
            return gave_up.map(|gave_up| (finding, gave_up));
        };
        if step.is_of_the_rig()
            && let Some(hold) = around.fault_anywhere
        {
            return incident.wait(hold.clone()).map(|wait| (finding, wait));
        }
        incident.climb.note(step, tick.now_ms, settings);
        incident.stopped |= step == Step::StopMiner;
        self.rules.clear();
        self.be_quiet(after(tick, settings.grace_s));
        Some((finding, Verdict::Act(step)))
    }

    /// What is left after a fault was given up is the usual from now on.
    fn write_off(&mut self, finding: &Finding) {
        let fault = WrittenOff { finding: finding.clone(), calm_ms: 0 };
        self.written_off.insert(finding.subject(), fault);
        self.incident = None;
        if finding.gpu().is_some() {
            self.rules.forget_usual_total();
        }
    }

    /// No rule is met, or none that is news.
    fn calm(
        &mut self,
        miner: &MinerEvidence,
        tick: Tick,
        calm_ms: u64,
        settings: &Settings,
    ) -> Option<(Finding, Verdict)> {
        let incident = self.incident.as_mut()?;
        let finding = incident.finding.clone();
        // Whether a stop has worked is known after the pause.
        if incident.stopped && (miner.is_gone() || tick.now_ms >= incident.climb.next_ms) {
            let gave_up = incident.give_up(miner);
            if gave_up.is_some() {
                return gave_up.map(|gave_up| (finding, gave_up));
            }
        }
        incident.calm_ms = incident.calm_ms.saturating_add(calm_ms);
        if incident.calm_ms < settings.recovered_after_s.saturating_mul(1000) {
            return None;
        }
        self.incident = None;
        Some((finding, Verdict::Recovered))
    }

    /// It is seen to work, as far as it can be seen.
    fn is_well(&self, miner: &MinerEvidence) -> bool {
        let works = match miner.says.known() {
            Some(reading) => reading.activity == Activity::Mining,
            None => !self.rules.has_answered(),
        };
        miner.run().is_some() && works
    }
}

impl Incident {
    fn new(finding: &Finding) -> Self {
        Incident {
            finding: finding.clone(),
            climb: Climb::default(),
            stopped: false,
            calm_ms: 0,
            told: BTreeSet::new(),
        }
    }

    fn wait(&mut self, hold: Hold) -> Option<Verdict> {
        let told = match &hold {
            Hold::Maintenance => Told::Maintenance,
            Hold::Outside { place, .. } => Told::Outside(*place),
            Hold::NotKnown { place, .. } => Told::NotKnown(*place),
            Hold::NotOurs => Told::NotOurs,
        };
        self.is_news(told).then_some(Verdict::Wait(hold))
    }

    fn is_news(&mut self, told: Told) -> bool {
        let rule = self.finding.rule();
        self.told.insert((told, rule.is_urgent().then_some(rule)))
    }

    fn give_up(&mut self, miner: &MinerEvidence) -> Option<Verdict> {
        let left = match miner.process.known() {
            Some(Process::Alive { .. }) => Left::Running,
            Some(Process::Gone { .. }) => Left::Stopped,
            None => Left::NotKnown,
        };
        self.is_news(Told::GaveUp).then_some(Verdict::GaveUp(left))
    }
}

/// What speaks against an act. A probe that has no result holds no stop of a
/// miner that does harm. A theft is stopped whatever is at fault outside: who
/// blocks the pool must not win time with it.
fn hold(miner: &MinerEvidence, rule: Rule, around: &Around<'_>) -> Option<Hold> {
    if around.maintenance {
        return Some(Hold::Maintenance);
    }
    let fault = || miner.outside.fault().filter(|_| rule != Rule::ForeignWallet);
    let unknown = || miner.outside.unknown().filter(|_| !rule.is_urgent());
    let not_ours = || (!miner.ours).then_some(Hold::NotOurs);
    fault().or_else(unknown).or_else(not_ours)
}

fn after(tick: Tick, seconds: u64) -> u64 {
    tick.now_ms.saturating_add(seconds.saturating_mul(1000))
}
