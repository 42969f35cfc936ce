//! What comes out: each decision with what it rests on, as data and as one
//! plain sentence.

use std::fmt;

use super::evidence::Place;
use super::ladder::Step;
use crate::Reason;
use crate::event::{NewEvent, Severity};
use crate::text::clean;

#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub at_ms: i64,
    pub miner: String,
    pub finding: Finding,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The rule is met, but something speaks against an act.
    Wait(Hold),
    Act(Step),
    /// Nothing is left to try. The rig stays as it is until a person comes or
    /// the fault goes away.
    GaveUp(Left),
    /// Without a fault for the settled time; the finding is the last one.
    Recovered,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Hold {
    Maintenance,
    Outside {
        place: Place,
        why: Reason,
    },
    /// Whether the cause is outside is not known.
    NotKnown {
        place: Place,
        why: Reason,
    },
    /// The miner was started by somebody else.
    NotOurs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    Running,
    Stopped,
    NotKnown,
}

/// A rule that is met, with what was measured. The more urgent comes first.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    ForeignWallet {
        seen: String,
    },
    GpuTooHot {
        gpu: String,
        temp_c: f64,
        limit_c: f64,
    },
    ProcessGone {
        why: String,
        for_ms: u64,
    },
    ApiSilent {
        why: String,
        for_ms: u64,
    },
    GpuMissing {
        gpu: String,
        why: String,
    },
    GpuHung {
        gpu: String,
        why: String,
    },
    /// Of one GPU, or of all; without a usual rate it never hashed.
    LowHashrate {
        gpu: Option<String>,
        hashrate_hs: f64,
        usual_hs: Option<f64>,
    },
    NoShares {
        for_ms: u64,
        expected_shares: f64,
    },
    BadShares {
        bad: u64,
        all: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    ForeignWallet,
    GpuTooHot,
    ProcessGone,
    ApiSilent,
    GpuMissing,
    GpuHung,
    LowHashrate,
    NoShares,
    GpuLowHashrate,
    BadShares,
}

impl Rule {
    /// Ends in a stop: harm is done as long as the miner runs.
    pub const fn is_urgent(self) -> bool {
        matches!(self, Rule::ForeignWallet | Rule::GpuTooHot)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Rule::ForeignWallet => "foreign_wallet",
            Rule::GpuTooHot => "gpu_too_hot",
            Rule::ProcessGone => "process_gone",
            Rule::ApiSilent => "api_silent",
            Rule::GpuMissing => "gpu_missing",
            Rule::GpuHung => "gpu_hung",
            Rule::LowHashrate => "low_hashrate",
            Rule::NoShares => "no_shares",
            Rule::GpuLowHashrate => "gpu_low_hashrate",
            Rule::BadShares => "bad_shares",
        }
    }
}

impl Finding {
    /// The GPU that it is about, if it is about one.
    pub fn gpu(&self) -> Option<&str> {
        match self {
            Finding::GpuTooHot { gpu, .. }
            | Finding::GpuMissing { gpu, .. }
            | Finding::GpuHung { gpu, .. } => Some(gpu),
            Finding::LowHashrate { gpu, .. } => gpu.as_deref(),
            _ => None,
        }
    }

    pub(super) fn subject(&self) -> (Rule, Option<String>) {
        (self.rule(), self.gpu().map(str::to_owned))
    }

    pub const fn rule(&self) -> Rule {
        match self {
            Finding::ForeignWallet { .. } => Rule::ForeignWallet,
            Finding::GpuTooHot { .. } => Rule::GpuTooHot,
            Finding::ProcessGone { .. } => Rule::ProcessGone,
            Finding::ApiSilent { .. } => Rule::ApiSilent,
            Finding::GpuMissing { .. } => Rule::GpuMissing,
            Finding::GpuHung { .. } => Rule::GpuHung,
            Finding::LowHashrate { gpu: None, .. } => Rule::LowHashrate,
            Finding::LowHashrate { .. } => Rule::GpuLowHashrate,
            Finding::NoShares { .. } => Rule::NoShares,
            Finding::BadShares { .. } => Rule::BadShares,
        }
    }
}

impl Decision {
    pub fn event(&self) -> NewEvent {
        NewEvent {
            at_ms: self.at_ms,
            severity: self.severity(),
            kind: match self.verdict {
                Verdict::Wait(_) => "watchdog.wait",
                Verdict::Act(_) => "watchdog.act",
                Verdict::GaveUp(_) => "watchdog.gave_up",
                Verdict::Recovered => "watchdog.recovered",
            },
            actor: "watchdog".to_owned(),
            message: self.message(),
        }
    }

    fn severity(&self) -> Severity {
        match (&self.verdict, self.finding.rule()) {
            (Verdict::Recovered, _) => Severity::Info,
            (Verdict::GaveUp(_), _) | (_, Rule::ForeignWallet) => Severity::Error,
            (Verdict::Act(_) | Verdict::Wait(_), _) => Severity::Warning,
        }
    }

    pub fn message(&self) -> String {
        let Decision { miner, finding, verdict, .. } = self;
        match verdict {
            Verdict::Wait(hold) => format!("{miner}: {finding}; {hold}"),
            Verdict::Act(step) => format!("{miner}: {finding}; {}", step.title()),
            Verdict::GaveUp(left) => format!(
                "{miner}: {finding}; nothing is left that the watchdog may try, and the miner {}",
                match left {
                    Left::Running => "runs on as it is",
                    Left::Stopped => "stays stopped",
                    Left::NotKnown => "is left as it is",
                }
            ),
            Verdict::Recovered => format!("{miner}: in order again; before that: {finding}"),
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hold::Maintenance => write!(f, "nothing is done during maintenance"),
            Hold::Outside { place, why } => {
                let why = clean(why, 200);
                write!(f, "the fault is the {}'s ({why}), so the rig is left alone", place.title())
            }
            Hold::NotKnown { place, why } => {
                let (place, why) = (place.title(), clean(why, 200));
                write!(f, "nothing is done until the {place} is known to work ({why})")
            }
            Hold::NotOurs => write!(f, "it was not started here and is not touched"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::ForeignWallet { seen } => {
                write!(f, "mines for {}, not for the pinned wallet", shortened(seen))
            }
            Finding::GpuTooHot { gpu, temp_c, limit_c } => {
                write!(f, "GPU {gpu} has {temp_c:.0} °C, more than {limit_c:.0}")
            }
            Finding::ProcessGone { why, for_ms } => {
                write!(f, "has not been running for {} ({why})", Span(*for_ms))
            }
            Finding::ApiSilent { why, for_ms } => {
                write!(f, "runs, but has not answered for {} ({why})", Span(*for_ms))
            }
            Finding::GpuMissing { gpu, why } => write!(f, "GPU {gpu} is missing ({why})"),
            Finding::GpuHung { gpu, why } => write!(f, "GPU {gpu} hangs ({why})"),
            Finding::LowHashrate { gpu, hashrate_hs, usual_hs } => {
                if let Some(gpu) = gpu {
                    write!(f, "GPU {gpu} ")?;
                }
                match usual_hs {
                    Some(usual_hs) => {
                        let (now, usual) = (hashrate_hs / 1e6, usual_hs / 1e6);
                        write!(f, "hashes at {now:.2} MH/s instead of the usual {usual:.2}")
                    }
                    None => write!(f, "does not hash"),
                }
            }
            Finding::NoShares { for_ms, expected_shares } => write!(
                f,
                "no share was accepted for {}, {expected_shares:.0} were to be expected",
                Span(*for_ms)
            ),
            Finding::BadShares { bad, all } => {
                write!(f, "{bad} of the last {all} shares were rejected or invalid")
            }
        }
    }
}

/// Enough of an address to know one's own.
fn shortened(address: &str) -> String {
    let address = clean(address, 200);
    let count = address.chars().count();
    if count <= 14 {
        return address;
    }
    let head: String = address.chars().take(8).collect();
    let tail: String = address.chars().skip(count - 4).collect();
    format!("{head}…{tail}")
}

struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 / 1000 {
            s if s < 120 => write!(f, "{s} s"),
            s if s < 7200 => write!(f, "{} min", s / 60),
            s => write!(f, "{} h", s / 3600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        let check = |finding: Finding, verdict: Verdict, expected: &str| {
            let decision = Decision { at_ms: 0, miner: "miner".to_owned(), finding, verdict };
            assert_eq!(decision.message(), expected);
        };
        check(
            Finding::NoShares { for_ms: 840_000, expected_shares: 25.2 },
            Verdict::Act(Step::RestartMiner),
            "miner: no share was accepted for 14 min, 25 were to be expected; the miner is restarted",
        );
        check(
            Finding::LowHashrate { gpu: Some("1".into()), hashrate_hs: 1e6, usual_hs: Some(2e6) },
            Verdict::Wait(Hold::Outside { place: Place::Pool, why: "refused\n".into() }),
            "miner: GPU 1 hashes at 1.00 MH/s instead of the usual 2.00; the fault is the pool's (refused), so the rig is left alone",
        );
        check(
            Finding::ForeignWallet { seen: "0x00A3e45A0123456789abcdef".into() },
            Verdict::GaveUp(Left::Stopped),
            "miner: mines for 0x00A3e4…cdef, not for the pinned wallet; nothing is left that the watchdog may try, and the miner stays stopped",
        );
    }
}
