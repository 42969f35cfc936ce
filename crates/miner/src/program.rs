//! The program side of an adapter: how a miner is started, and what its lines
//! of output mean. Each miner's [`Program`] stands beside its adapter.
//!
//! An [`Order`] says what to mine, for whom and on which cards; the program
//! turns it into an argument vector. Whoever writes an order chooses values,
//! never arguments: every value is held to characters that cannot begin an
//! argument, end one, or reach the next part of a compound such as
//! `wallet.worker`. Only `extra` holds arguments, and those pass the miner's
//! deny list.

mod extra;
mod lines;
mod order;

use quaiminer_domain::hardware::Vendor;

pub use extra::Denied;
pub(crate) use extra::{API, CARDS, CONFIG, FILES, INCOME, MINING, SCRIPTS, TLS, WATCHDOG};
pub use lines::{LineKind, LogLine, Secrets, Sign, clean};
pub(crate) use order::{Argv, joined, joined_by_pci, one_vendor};
pub use order::{Card, Order, PoolAddress, Refusal};

/// How one miner program is started, and what its log tells.
#[derive(Debug)]
pub struct Program {
    /// Names of the executable file, the usual one first.
    pub executables: &'static [&'static str],
    /// Our name of an algorithm, and the program's.
    pub algorithms: &'static [(&'static str, &'static str)],
    /// Whose cards it can use; empty where it mines on the processor.
    pub vendors: &'static [Vendor],
    /// How many pools it takes: the first, and those to fall back on.
    pub max_pools: usize,
    pub api: ApiReach,
    /// Set for the program, over what it would inherit.
    pub env: &'static [(&'static str, &'static str)],
    pub(crate) arguments: fn(&Order, &'static str) -> Result<Argv, Refusal>,
    pub(crate) denied: &'static [Denied],
    /// Long arguments that only look like denied ones.
    pub(crate) harmless: &'static [&'static str],
    pub(crate) signs: &'static [Sign],
}

/// Who can reach the API of a program that was started with our arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiReach {
    /// Only this machine, and it can only be read.
    LoopbackReadOnly,
    /// Only this machine, but it can command the miner.
    Loopback,
    /// The program takes a port and no address, so it may listen on all of them.
    Unknown,
}

/// CUDA otherwise counts the fastest card first. (An environment variable,
/// because the programs have no argument for it.)
pub(crate) const CUDA_BY_PCI: &[(&str, &str)] = &[("CUDA_DEVICE_ORDER", "PCI_BUS_ID")];

impl Program {
    /// The arguments that follow the program's name.
    pub fn command(&self, order: &Order) -> Result<Vec<String>, Refusal> {
        order.check()?;
        let program = self.executables.first().copied().unwrap_or_default();
        let known = self.algorithms.iter().find(|(ours, _)| *ours == order.algorithm);
        let Some((_, algorithm)) = known else {
            let names: Vec<_> = self.algorithms.iter().map(|(ours, _)| *ours).collect();
            return Err(Refusal::new(
                "algorithm",
                format!("{program} can mine {}, nothing else that is known here", names.join(", ")),
            ));
        };
        if order.pools.len() > self.max_pools {
            let why = format!("{program} takes {} and no more", pools(self.max_pools));
            return Err(Refusal::new("pools", why));
        }
        if let Some(card) = order.cards.iter().find(|card| !self.vendors.contains(&card.vendor)) {
            let why = format!("{program} does not mine on {} cards", card.vendor.title());
            return Err(Refusal::new("cards", why));
        }
        let mut argv = (self.arguments)(order, algorithm)?.0;
        extra::check(&order.extra, self.denied, self.harmless)?;
        argv.extend(order.extra.iter().cloned());
        Ok(argv)
    }

    /// What a line of the program's output tells; most tell nothing.
    pub fn classify(&self, line: &str) -> Option<LogLine> {
        lines::classify(self.signs, line)
    }
}

fn pools(count: usize) -> String {
    if count == 1 { "one pool".to_owned() } else { format!("{count} pools") }
}
