//! How each program is started and what its lines tell.

mod commands;
mod extra;
mod lines;
mod values;

use quaiminer_domain::hardware::Vendor;
use quaiminer_domain::pci::PciAddress;
use quaiminer_miner::program::{Card, Order, PoolAddress};
use quaiminer_miner::{Program, by_name};

pub const W: &str = "0x0012345678901234567890123456789012345678";

pub fn program(name: &str) -> &'static Program {
    by_name(name).unwrap().program().unwrap()
}

pub fn pool(host: &str, port: u16, tls: bool) -> PoolAddress {
    PoolAddress { host: host.to_owned(), port, tls }
}

pub fn card(vendor: Vendor, bus: u8, index: u32, index_of_vendor: u32) -> Card {
    Card { pci: PciAddress::on_bus(bus), vendor, index, index_of_vendor }
}

pub fn order(name: &str, api_port: u16) -> Order {
    Order {
        algorithm: program(name).algorithms[0].0.to_owned(),
        pools: vec![pool("pool.example", 3333, false)],
        wallet: W.to_owned(),
        worker: "rig01".to_owned(),
        password: String::new(),
        cards: Vec::new(),
        api_port,
        extra: Vec::new(),
    }
}

/// Two cards that the program can use, beside others that come before them.
pub fn cards(program: &Program) -> Vec<Card> {
    let vendor = program.vendors.first().copied();
    vendor.map_or_else(Vec::new, |vendor| vec![card(vendor, 2, 1, 0), card(vendor, 0x0b, 3, 2)])
}
