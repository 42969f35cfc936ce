//! What to mine, for whom and on which cards, and which characters it may be
//! written with.

use std::fmt;
use std::net::Ipv6Addr;

use quaiminer_domain::hardware::Vendor;
use quaiminer_domain::pci::PciAddress;

use crate::plausible;

const MAX_POOLS: usize = 8;
const MAX_NAME: usize = 128;
/// Of a DNS name.
const MAX_HOST: usize = 253;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// `kawpow`; the programs' own names for it differ.
    pub algorithm: String,
    /// The first is mined to; the rest are for when it fails.
    pub pools: Vec<PoolAddress>,
    pub wallet: String,
    pub worker: String,
    /// For the pool; empty is the usual `x`.
    pub password: String,
    /// Empty: all that the program finds.
    pub cards: Vec<Card>,
    /// On loopback.
    pub api_port: u16,
    pub extra: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolAddress {
    /// A name or an address, an IPv6 address without brackets.
    pub host: String,
    pub port: u16,
    pub tls: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub pci: PciAddress,
    pub vendor: Vendor,
    /// Among all cards of the rig, by PCI address, from 0.
    pub index: u32,
    /// Among those of its vendor, by PCI address, from 0.
    pub index_of_vendor: u32,
}

/// Which part of an order is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub field: &'static str,
    pub why: String,
}

impl Refusal {
    pub(crate) fn new(field: &'static str, why: impl Into<String>) -> Self {
        Refusal { field, why: why.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for Refusal {}

impl Order {
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.pools.is_empty() || self.pools.len() > MAX_POOLS {
            return Err(Refusal::new("pools", format!("Name 1 to {MAX_POOLS} pools")));
        }
        for pool in &self.pools {
            pool.check()?;
        }
        check_name("wallet", &self.wallet)?;
        check_name("worker", &self.worker)?;
        // No bracket: Rigel would read `[2]x` as the second algorithm's.
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"=.,_+-:;!@#*/~%?".contains(&b);
        if self.password.len() > MAX_NAME
            || self.password.starts_with('-')
            || !self.password.bytes().all(is_allowed)
        {
            return Err(Refusal::new(
                "password",
                "A pool's password may have letters, digits and = . , _ + - : ; ! @ # * / ~ % ? \
                 and does not begin with -",
            ));
        }
        if self.api_port == 0 {
            return Err(Refusal::new("api_port", "A port is 1 to 65535"));
        }
        if self.cards.len() > plausible::MAX_DEVICES {
            return Err(Refusal::new("cards", "More cards than a rig can have"));
        }
        for (at, card) in self.cards.iter().enumerate() {
            if self.cards.iter().take(at).any(|other| other.pci == card.pci) {
                return Err(Refusal::new("cards", format!("{} is named twice", card.pci)));
            }
        }
        Ok(())
    }

    /// The name with which most programs sign in.
    pub(crate) fn user(&self) -> String {
        format!("{}.{}", self.wallet, self.worker)
    }

    pub(crate) fn password(&self) -> &str {
        if self.password.is_empty() { "x" } else { &self.password }
    }

    /// For programs with an argument of one pool only.
    pub(crate) fn first_pool(&self) -> Result<&PoolAddress, Refusal> {
        self.pools.first().ok_or_else(|| Refusal::new("pools", "Name a pool"))
    }

    /// Where the API is to listen.
    pub(crate) fn api(&self) -> String {
        format!("127.0.0.1:{}", self.api_port)
    }
}

/// A wallet or a worker. A dot would move the border between the two, as a
/// colon, comma or @ would end them in the forms of some programs.
fn check_name(field: &'static str, name: &str) -> Result<(), Refusal> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if name.is_empty()
        || name.len() > MAX_NAME
        || name.starts_with('-')
        || !name.bytes().all(is_allowed)
    {
        let why = format!(
            "A {field} has 1 to {MAX_NAME} letters, digits, _ and - and does not begin with -"
        );
        return Err(Refusal::new(field, why));
    }
    Ok(())
}

impl PoolAddress {
    fn check(&self) -> Result<(), Refusal> {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let is_name = !self.host.is_empty()
            && self.host.len() <= MAX_HOST
            && self.host.bytes().all(is_allowed)
            && self.host.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !is_name && self.host.parse::<Ipv6Addr>().is_err() {
            let why = "A pool's host is a name or an IP address, without port or scheme";
            return Err(Refusal::new("pools", why));
        }
        if self.port == 0 {
            return Err(Refusal::new("pools", "A pool's port is 1 to 65535"));
        }
        Ok(())
    }

    pub(crate) fn host_port(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    pub(crate) fn url(&self, plain: &str, tls: &str) -> String {
        format!("{}://{}", if self.tls { tls } else { plain }, self.host_port())
    }

    /// As most programs write it.
    pub(crate) fn stratum(&self) -> String {
        self.url("stratum+tcp", "stratum+ssl")
    }
}

/// An argument vector in the making.
#[derive(Debug, Default)]
pub(crate) struct Argv(pub(crate) Vec<String>);

impl Argv {
    pub(crate) fn word(&mut self, word: impl Into<String>) {
        self.0.push(word.into());
    }

    pub(crate) fn pair(&mut self, name: &str, value: impl Into<String>) {
        self.word(name);
        self.word(value);
    }
}

/// `0,2`
pub(crate) fn joined(cards: &[Card], number: fn(&Card) -> u32) -> String {
    let numbers: Vec<String> = cards.iter().map(|card| number(card).to_string()).collect();
    numbers.join(",")
}

/// Bus and device in decimal, `11:0`. The programs that take this form show
/// no PCI domain, so a second one is not theirs to choose from.
pub(crate) fn joined_by_pci(cards: &[Card]) -> Result<Vec<String>, Refusal> {
    if cards.iter().any(|card| card.pci.domain != 0) {
        let why = "The program cannot name cards of another PCI domain than 0000";
        return Err(Refusal::new("cards", why));
    }
    Ok(cards.iter().map(|card| format!("{}:{}", card.pci.bus, card.pci.device)).collect())
}

/// The vendor of all chosen cards, for programs that count per vendor; `None`
/// where none is chosen.
pub(crate) fn one_vendor(order: &Order) -> Result<Option<Vendor>, Refusal> {
    let Some(first) = order.cards.first() else { return Ok(None) };
    if order.cards.iter().any(|card| card.vendor != first.vendor) {
        let why = "This program counts the cards of each vendor for itself; \
                   choose cards of one vendor, or start it once for each";
        return Err(Refusal::new("cards", why));
    }
    Ok(Some(first.vendor))
}
