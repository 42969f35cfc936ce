//! Command lines, word by word.

use quaiminer_domain::hardware::Vendor;
use quaiminer_domain::pci::PciAddress;
use quaiminer_miner::ADAPTERS;
use quaiminer_miner::program::{Card, Order};

use super::{W, card, cards, order, pool, program};

/// Miner, port of the API, its command line, and what choosing cards adds.
const COMMANDS: &[(&str, u16, &str, &str)] = &[
    (
        "rigel",
        5000,
        "-a kawpow --coin quai -o stratum+tcp://pool.example:3333 -u W -w rig01 -p x \
         --no-watchdog --no-tui --api-bind 127.0.0.1:5000",
        "-d 0,2",
    ),
    (
        "srbminer",
        21550,
        "--algorithm kawpow --pool pool.example:3333 --wallet W.rig01 --password x --disable-cpu \
         --disable-worker-watchdog --api-enable --api-port 21550 --api-rig-name rig01",
        "--gpu-id 1,3",
    ),
    (
        "wildrig",
        4000,
        "-a kawpow -o stratum+tcp://pool.example:3333 -u W -w rig01 -p x --no-color --api-port 4000",
        "--opencl-platforms amd -d 0,2",
    ),
    (
        "bzminer",
        4014,
        "-a rvn -p stratum+tcp://pool.example:3333 -w W.rig01 --pool_password x --no_watchdog \
         --no_color 1 --disable_index_html --http_enabled 1 --http_address 127.0.0.1 \
         --http_port 4014 --nc 1",
        "--enable 2:0 11:0",
    ),
    (
        "teamredminer",
        4028,
        "-a kawpow -o stratum+tcp://pool.example:3333 -u W.rig01 -p x --disable_colors \
         --watchdog_disable --api_listen=127.0.0.1:4028",
        "-d 0,2",
    ),
    (
        "gminer",
        10050,
        "--algo kawpow --server pool.example:3333 --user W.rig01 --pass x --watchdog 0 --color 0 \
         --api 10050",
        "--opencl 0 --devices 0 2",
    ),
    (
        "trex",
        4067,
        "-a kawpow -o stratum+tcp://pool.example:3333 -u W.rig01 -p x --no-watchdog --no-color \
         --api-bind-telnet 0 --api-bind-http 127.0.0.1:4067 --api-read-only",
        "--pci-indexing -d 0,2",
    ),
    (
        "nbminer",
        22333,
        "-a kawpow -o stratum+tcp://pool.example:3333 -u W.rig01 --no-watchdog \
         --api 127.0.0.1:22333",
        "--platform 1 -d 0,2",
    ),
    (
        "kawpowminer",
        21373,
        "-P stratum+tcp://W.rig01@pool.example:3333 --HWMON 2 --nocolor \
         --api-bind 127.0.0.1:-21373",
        "-U --cu-devices 0 2",
    ),
    (
        "apool",
        5001,
        "--algo quai --account W --worker rig01 --pool pool.example:3333 --rest --port 5001",
        "-g 0 -g 2",
    ),
    (
        "lolminer",
        8020,
        "--algo ETCHASH --pool pool.example:3333 --user W.rig01 --pass x --tls off --watchdog off \
         --nocolor on --apiport 8020 --apihost 127.0.0.1",
        "--devicesbypcie on --devices 2:0,11:0",
    ),
    (
        "onezerominer",
        3001,
        "--algo xelishashv3 --pool stratum+tcp://pool.example:3333 --wallet W --worker rig01 \
         --pass x --disable-telemetry --api-host 127.0.0.1 --api-port 3001",
        "--disable-amd --devices 0,2",
    ),
    (
        "cpuminer",
        4048,
        "-a sha256d -o stratum+tcp://pool.example:3333 -u W.rig01 -p x --no-color \
         --api-bind 127.0.0.1:4048",
        "",
    ),
    (
        "ccminer",
        4068,
        "-a sha256d -o stratum+tcp://pool.example:3333 -u W.rig01 -p x --no-color \
         --api-bind 127.0.0.1:4068",
        "-d 0,2",
    ),
];

#[test]
fn every_command_line() {
    for (name, port, line, chosen) in COMMANDS {
        let program = program(name);
        let mut order = order(name, *port);
        let plain = program.command(&order).unwrap();
        assert_eq!(plain.join(" ").replace(W, "W"), *line, "{name}");

        order.cards = cards(program);
        let with_cards = program.command(&order).unwrap().join(" ");
        assert!(with_cards.contains(chosen), "{name}: {with_cards}");
        // Nothing else changes.
        let without = with_cards.replacen(chosen, "", 1).replace("  ", " ");
        assert_eq!(without.trim().replace(W, "W"), *line, "{name}");
    }
}

#[test]
fn xmrig_mines_on_cards_or_on_the_processor() {
    let program = program("xmrig");
    let check = |order: &Order, expected: &str| {
        assert_eq!(program.command(order).unwrap().join(" ").replace(W, "W"), expected);
    };
    let mut order = order("xmrig", 44444);
    let pool = "-o pool.example:3333 -u W.rig01 -p x";
    let api = "--no-color --http-enabled --http-host 127.0.0.1 --http-port 44444";
    check(&order, &format!("-a kawpow {pool} --no-cpu --opencl --cuda {api}"));
    order.cards = vec![card(Vendor::Nvidia, 1, 0, 0), card(Vendor::Nvidia, 2, 1, 1)];
    check(&order, &format!("-a kawpow {pool} --no-cpu --cuda --cuda-devices=0,1 {api}"));
    order.cards = vec![card(Vendor::Amd, 3, 2, 0)];
    let opencl = "--opencl --opencl-platform=AMD --opencl-devices=0";
    check(&order, &format!("-a kawpow {pool} --no-cpu {opencl} {api}"));
    order.cards.clear();
    order.algorithm = "randomx".to_owned();
    check(&order, &format!("-a rx/0 {pool} {api}"));
}

/// A program that is not in the tables above is not proven.
#[test]
fn every_program_is_in_the_tables() {
    for adapter in ADAPTERS.iter().filter(|adapter| adapter.program().is_some()) {
        let name = adapter.name();
        let is_known = name == "xmrig" || COMMANDS.iter().any(|(known, ..)| *known == name);
        assert!(is_known, "{name} has a program, but no command line in this test");
        assert!(!program(name).executables.is_empty());
    }
}

#[test]
fn several_pools_in_each_programs_form() {
    let check = |name: &str, expected: &str| {
        let mut order = order(name, 1000);
        order.pools.push(pool("::1", 443, true));
        order.password = "d=1".to_owned();
        let line = program(name).command(&order).unwrap().join(" ").replace(W, "W");
        assert!(line.contains(expected), "{name}: {line}");
    };
    let (a, b) = ("stratum+tcp://pool.example:3333", "stratum+ssl://[::1]:443");
    check("rigel", &format!("-o {a} -o {b} -u W -w rig01 -p d=1"));
    check("trex", &format!("-o {a} -u W.rig01 -p d=1 -o {b} -u W.rig01 -p d=1"));
    check("teamredminer", &format!("-o {a} -u W.rig01 -p d=1 -o {b} -u W.rig01 -p d=1"));
    check("wildrig", "-p d=1 -o stratum+tcps://[::1]:443 -u W -w rig01 -p d=1");
    check("bzminer", &format!("-p {a} {b} -w W.rig01 --pool_password d=1"));
    check("nbminer", &format!("-o {a} -u W.rig01:d=1 -o1 {b} -u1 W.rig01:d=1 --strict-ssl"));
    check(
        "kawpowminer",
        "-P stratum+tcp://W.rig01:d=1@pool.example:3333 -P stratum+ssl://W.rig01:d=1@[::1]:443",
    );
    check("xmrig", "-o pool.example:3333 -u W.rig01 -p d=1 -o [::1]:443 -u W.rig01 -p d=1 --tls");
    check(
        "srbminer",
        "--pool pool.example:3333,[::1]:443 --wallet W.rig01,W.rig01 --password d=1!d=1 \
         --tls false,true",
    );
    check("gminer", "--server [::1]:443 --user W.rig01 --pass d=1 --ssl 1 --ssl_verification 1");
}

#[test]
fn what_a_program_cannot_do_is_refused_and_named() {
    let check = |name: &str, change: &dyn Fn(&mut Order), field: &str, why: &str| {
        let mut order = order(name, 1000);
        change(&mut order);
        let refusal = program(name).command(&order).unwrap_err();
        assert_eq!(refusal.field, field, "{name} {refusal}");
        assert!(refusal.why.contains(why), "{refusal}");
    };
    let amd = || card(Vendor::Amd, 3, 2, 0);
    let nvidia = || card(Vendor::Nvidia, 1, 0, 0);
    check("rigel", &|o| o.algorithm = "ethash".into(), "algorithm", "kawpow");
    check("lolminer", &|o| o.algorithm = "kawpow".into(), "algorithm", "etchash");
    check("rigel", &|o| o.cards = vec![amd()], "cards", "AMD");
    check("teamredminer", &|o| o.cards = vec![nvidia()], "cards", "NVIDIA");
    check("cpuminer", &|o| o.cards = vec![nvidia()], "cards", "NVIDIA");
    check("gminer", &|o| o.cards = vec![nvidia(), amd()], "cards", "one vendor");
    check("rigel", &|o| o.cards = vec![nvidia(), nvidia()], "cards", "twice");
    check(
        "bzminer",
        &|o| {
            o.cards = vec![Card { pci: PciAddress::parse("0001:01:00.0").unwrap(), ..nvidia() }];
        },
        "cards",
        "PCI domain",
    );
    check("apool", &|o| o.pools.push(pool("b", 1, false)), "pools", "one pool");
    check("apool", &|o| o.worker = "rig_01".into(), "worker", "15 letters");
    check("apool", &|o| o.pools[0].tls = true, "pools", "TLS");
    check("nbminer", &|o| o.password = "a:b".into(), "password", "colon");
    check("kawpowminer", &|o| o.password = "a@b".into(), "password", "kawpowminer");
    check("rigel", &|o| o.pools.clear(), "pools", "1 to");
    check("rigel", &|o| o.pools[0].port = 0, "pools", "port");
    check("rigel", &|o| o.api_port = 0, "api_port", "port");
    for host in ["", "-o", "a b", "stratum://a", "a:1", "a@b", "a/b", "a,b", ".", "[::1]", "ä"] {
        check("rigel", &|o| o.pools[0].host = host.into(), "pools", "host");
    }
    for name in ["", "-u", "a.b", "a b", "a,b", "a:b", "a@b", "a\n", "a\0", "ä", &"a".repeat(129)]
    {
        check("rigel", &|o| o.wallet = name.into(), "wallet", "wallet");
        check("rigel", &|o| o.worker = name.into(), "worker", "worker");
    }
    for password in ["-p", "a b", "a\n", "[2]x", "ä", "a\"b"] {
        check("rigel", &|o| o.password = password.into(), "password", "password");
    }
}

#[test]
fn kawpowminer_numbers_cards_of_two_vendors_together() {
    let mut order = order("kawpowminer", 21373);
    order.cards = vec![card(Vendor::Nvidia, 2, 1, 0), card(Vendor::Amd, 3, 2, 1)];
    let line = program("kawpowminer").command(&order).unwrap().join(" ");
    assert!(line.starts_with("--cu-devices 1 --cl-devices 2 -P "), "{line}");
    order.cards.remove(0);
    let line = program("kawpowminer").command(&order).unwrap().join(" ");
    assert!(line.starts_with("-G --cl-devices 1 -P "), "{line}");
}
