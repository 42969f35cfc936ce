//! The rules for one miner. Each looks at facts that are known and at nothing
//! else: what is not known is not low, not bad and not gone.

use std::collections::BTreeMap;

use super::clock::Tick;
use super::decision::Finding;
use super::evidence::{GpuEvidence, GpuHealth, MinerEvidence, Process, Wallet};
use super::held::{Held, Sign};
use super::settings::Settings;
use super::shares::{Counters, Drought, Expected, Tally};
use super::usual::Usual;
use crate::Fact;
use crate::miner::{Activity, MinerReading};

/// So much below its limit, a GPU is cool again.
const COOL_BELOW_LIMIT_C: f64 = 10.0;

#[derive(Debug, Default)]
pub(super) struct Rules {
    wallet: Held,
    gone: Held,
    silent: Held,
    low: Held,
    usual: Usual,
    drought: Drought,
    tally: Tally,
    gpus: BTreeMap<String, GpuRules>,
    /// The miner's API has answered before: what never did has none.
    answered: bool,
}

#[derive(Debug, Default)]
struct GpuRules {
    hot: Held,
    missing: Held,
    hung: Held,
    low: Held,
    usual: Usual,
}

impl Rules {
    /// Forgets what was seen so far of faults. Heat and wallet stay: they are
    /// not explained by anything that makes one begin anew.
    pub(super) fn clear(&mut self) {
        (self.gone, self.silent, self.low) = Default::default();
        self.drought.clear();
        self.tally = Tally::default();
        for gpu in self.gpus.values_mut() {
            (gpu.missing, gpu.hung, gpu.low) = Default::default();
        }
    }

    /// Forgets all but that there is an API, for another sheet or another
    /// person's try.
    pub(super) fn begin_anew(&mut self) {
        *self = Rules { answered: self.answered, ..Rules::default() };
    }

    /// Forgets which hashrate is usual.
    pub(super) fn forget_usual(&mut self) {
        self.usual = Usual::default();
        for gpu in self.gpus.values_mut() {
            gpu.usual = Usual::default();
        }
    }

    pub(super) fn forget_usual_total(&mut self) {
        self.usual = Usual::default();
    }

    pub(super) const fn has_answered(&self) -> bool {
        self.answered
    }

    /// Takes in what is known now and says which rules are met, the most
    /// urgent first. While it is `quiet`, only the urgent ones are judged.
    pub(super) fn judge(
        &mut self,
        miner: &MinerEvidence,
        tick: Tick,
        quiet: bool,
        settings: &Settings,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.judge_urgent(miner, tick.passed_ms, settings, &mut findings);
        self.answered |= miner.says.known().is_some();
        if !quiet {
            self.judge_process(miner, tick.passed_ms, settings, &mut findings);
            self.judge_gpus(miner, tick.passed_ms, settings, &mut findings);
            self.judge_hashes(miner, tick.passed_ms, settings, &mut findings);
        }
        findings.sort_by_key(Finding::rule);
        findings
    }

    fn judge_urgent(
        &mut self,
        miner: &MinerEvidence,
        passed_ms: u64,
        settings: &Settings,
        findings: &mut Vec<Finding>,
    ) {
        let wallet = miner.wallet.known().filter(|_| !miner.is_gone());
        let is_foreign = wallet.map(|wallet| matches!(wallet, Wallet::Foreign { .. }));
        if self.wallet.feed(Sign::of(is_foreign), passed_ms, settings.wallet_s)
            && let Some(Wallet::Foreign { seen }) = wallet
        {
            findings.push(Finding::ForeignWallet { seen: seen.clone() });
        }
        self.gpus.retain(|name, _| miner.gpus.iter().any(|gpu| gpu.name == *name));
        for gpu in &miner.gpus {
            let rules = self.gpus.entry(gpu.name.clone()).or_default();
            let (sign, temp_c, limit_c) = heat(gpu, settings);
            // A card that cools down without its miner is hot by itself.
            let sign = if miner.run().is_some() { sign } else { Sign::Unknown };
            if rules.hot.feed(sign, passed_ms, settings.hot_s) {
                findings.push(Finding::GpuTooHot { gpu: gpu.name.clone(), temp_c, limit_c });
            }
        }
    }

    fn judge_process(
        &mut self,
        miner: &MinerEvidence,
        passed_ms: u64,
        settings: &Settings,
        findings: &mut Vec<Finding>,
    ) {
        let gone = Sign::of(miner.process.known().map(|_| miner.is_gone()));
        if self.gone.feed(gone, passed_ms, settings.gone_s)
            && let Some(Process::Gone { why }) = miner.process.known()
        {
            findings.push(Finding::ProcessGone { why: why.clone(), for_ms: self.gone.ms });
        }
        let alive = miner.run().is_some() && self.answered;
        let silent = alive.then(|| miner.says.known().is_none());
        if self.silent.feed(Sign::of(silent), passed_ms, settings.silent_s)
            && let Some(why) = miner.says.reason()
        {
            findings.push(Finding::ApiSilent { why: why.to_string(), for_ms: self.silent.ms });
        }
    }

    fn judge_gpus(
        &mut self,
        miner: &MinerEvidence,
        passed_ms: u64,
        settings: &Settings,
        findings: &mut Vec<Finding>,
    ) {
        let running = miner.run().is_some() && hashing(miner).is_some();
        for gpu in &miner.gpus {
            let rules = self.gpus.entry(gpu.name.clone()).or_default();
            let health = gpu.health.known();
            let is_missing = health.map(|health| matches!(health, GpuHealth::Missing { .. }));
            if rules.missing.feed(Sign::of(is_missing), passed_ms, settings.gpu_missing_s)
                && let Some(GpuHealth::Missing { why }) = health
            {
                let (gpu, why) = (gpu.name.clone(), why.clone());
                findings.push(Finding::GpuMissing { gpu, why });
            }
            let is_hung = health.map(|health| matches!(health, GpuHealth::Hung { .. }));
            if rules.hung.feed(Sign::of(is_hung), passed_ms, settings.gpu_hung_s)
                && let Some(GpuHealth::Hung { why }) = health
            {
                findings.push(Finding::GpuHung { gpu: gpu.name.clone(), why: why.clone() });
            }
            let rate_hs = rate(&gpu.hashrate_hs).filter(|_| running && !gpu.paused);
            let usual_hs = rules.usual.median_hs();
            let sign = rules.usual.judge(
                rate_hs,
                passed_ms,
                settings.gpu_hashrate_percent,
                settings.hashrate_hysteresis_percent,
            );
            if rules.low.feed(sign, passed_ms, settings.hashrate_s)
                && let Some(hashrate_hs) = rate_hs
            {
                let gpu = Some(gpu.name.clone());
                findings.push(Finding::LowHashrate { gpu, hashrate_hs, usual_hs });
            }
        }
    }

    fn judge_hashes(
        &mut self,
        miner: &MinerEvidence,
        passed_ms: u64,
        settings: &Settings,
        findings: &mut Vec<Finding>,
    ) {
        let reading = hashing(miner).filter(|_| miner.run().is_some());
        let rate_hs = reading.and_then(|reading| rate(&reading.hashrate_hs));
        let usual_hs = self.usual.median_hs();
        let sign = self.usual.judge(
            rate_hs,
            passed_ms,
            settings.hashrate_percent,
            settings.hashrate_hysteresis_percent,
        );
        if self.low.feed(sign, passed_ms, settings.hashrate_s)
            && let Some(hashrate_hs) = rate_hs
        {
            findings.push(Finding::LowHashrate { gpu: None, hashrate_hs, usual_hs });
        }

        let accepted = reading.and_then(|reading| reading.shares.accepted.get());
        let expected = Expected {
            hashrate_hs: rate_hs,
            hashes_per_share: rate(&miner.hashes_per_share).filter(|hashes| *hashes > 0.0),
        };
        let limit = self.drought.feed(accepted, &expected, passed_ms, settings.luck_days);
        if let Some(limit) = limit
            && self.drought.missed >= limit * settings.share_margin
            && self.drought.waited_ms >= settings.no_share_s.saturating_mul(1000)
        {
            findings.push(Finding::NoShares {
                for_ms: self.drought.waited_ms,
                expected_shares: self.drought.missed,
            });
        }

        let counters = accepted.zip(reading).map(|(accepted, reading)| {
            let known = |fact: &Fact<u64>| fact.get().unwrap_or(0);
            let bad =
                known(&reading.shares.rejected).saturating_add(known(&reading.shares.invalid));
            Counters { accepted, bad }
        });
        let bad = self.tally.feed(
            counters,
            passed_ms,
            settings.bad_share_window_min,
            settings.bad_share_minimum,
            settings.bad_share_percent,
        );
        if let Some(Counters { accepted, bad }) = bad {
            let all = accepted.saturating_add(bad);
            findings.push(Finding::BadShares { bad, all });
        }
    }
}

/// What the miner says, if it should be hashing. One that is paused has its
/// reasons, and a pool does not hash.
fn hashing(miner: &MinerEvidence) -> Option<&MinerReading> {
    miner.says.known().filter(|reading| match reading.activity {
        Activity::Mining | Activity::Starting | Activity::NoPool => true,
        Activity::Paused(_) | Activity::Serving => false,
    })
}

fn rate(fact: &Fact<f64>) -> Option<f64> {
    fact.get().filter(|rate| rate.is_finite() && *rate >= 0.0)
}

/// Of core and memory the one that is worse.
fn heat(gpu: &GpuEvidence, settings: &Settings) -> (Sign, f64, f64) {
    let sensors =
        [(rate(&gpu.temp_c), settings.hot_c), (rate(&gpu.memory_temp_c), settings.hot_memory_c)];
    let judged = sensors.map(|(temp_c, limit_c)| {
        let sign = Sign::high(temp_c, limit_c, limit_c - COOL_BELOW_LIMIT_C);
        (sign, temp_c.unwrap_or(0.0), limit_c)
    });
    let worst = [Sign::Bad, Sign::Between, Sign::Good]
        .into_iter()
        .find_map(|sign| judged.into_iter().find(|one| one.0 == sign));
    worst.unwrap_or((Sign::Unknown, 0.0, 0.0))
}
