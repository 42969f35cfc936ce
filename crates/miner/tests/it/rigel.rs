use crate::support::{check, http};

const NAME: &str = "rigel";

/// The pool in use is the connected one, and a card that was left out is no card
/// of this miner.
#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "rigel/1.23.2/stat.json")],
        "Rigel 1.23.2 mines kawpow up 5423 s: Mining
        43000000 H/s, 241.86225 W
        shares 812/3/0/? last ? s ago
        pool de.quai.example.com:1185 user 0x00123456789aBcDeF0123456789aBCDEf0123456.rig01 connected true latency 34 difficulty ?
        gpu 0 RTX 3080 Ti pci 0000:0b:00.0 paused None 43000000 H/s, 58 C, memory 84 C, fan 65 %, 221.36225 W, shares 570/2/0/? last ? s ago
        gpu 2 RTX 3060 pci 0000:0c:00.0 paused Some(\"paused\") 0 H/s, 35 C, memory ? C, fan ? %, 20.5 W, shares 242/1/0/? last ? s ago",
    );
}

/// KawPoW is read, the other one told; `-nan(ind)` is no JSON and no number.
#[test]
fn two_algorithms() {
    check(
        NAME,
        &[http(200, "rigel/1.23.2/dual.json")],
        "Rigel 1.23.2 mines kawpow+sha512256d up 12 s: Mining
        43000000 H/s, ? W
        shares 5/0/1/? last ? s ago
        pool de.quai.example.com user ? connected true latency ? difficulty ?
        gpu 0 RTX 4090 pci 0000:01:00.0 paused None 43000000 H/s, 58 C, memory ? C, fan 65 %, ? W, shares 5/0/1/? last ? s ago",
    );
}

#[test]
fn little_more_than_hashrates() {
    check(
        NAME,
        &[http(200, "rigel/1.23.2/bare.json")],
        "Rigel ? mines kawpow up ? s: Mining
        43000000 H/s, ? W
        shares 12/0/0/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?
        gpu 0 ? pci ? paused None 43000000 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}

#[test]
fn pool_down() {
    check(
        NAME,
        &[http(200, "rigel/1.13.0/stat.json")],
        "Rigel 1.13.0 mines kawpow up 5423 s: NoPool
        0 H/s, 41 W
        shares 812/3/0/? last ? s ago
        pool de.quai.example.com user ? connected false latency ? difficulty ?
        gpu 0 NVIDIA GeForce RTX 3080 pci 0000:01:00.0 paused None 0 H/s, 38 C, memory 54 C, fan 30 %, 41 W, shares 812/3/0/? last ? s ago",
    );
}
