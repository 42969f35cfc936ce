use crate::support::{check, http};

const NAME: &str = "bzminer";

#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "bzminer/24.0.2/status.json")],
        "BzMiner 24.0.2 mines kawpow up 620 s: Mining
        61000000 H/s, 331 W
        shares 7/1/1/0 last ? s ago
        pool de.quai.example.com:1185 user ? connected ? latency ? difficulty 0.5
        gpu 0 NVIDIA GeForce RTX 3080 pci 0000:ab:00.0 paused None 43000000 H/s, 60 C, memory 86 C, fan 55 %, 221 W, shares 5/1/1/0 last ? s ago
        gpu 1 AMD Radeon RX 6700 XT pci 0000:03:00.0 paused None 18000000 H/s, 52 C, memory ? C, fan ? %, 110 W, shares 2/0/0/0 last ? s ago",
    );
}

/// Of the card that mines both, the second value counts; the others do not.
#[test]
fn several_algorithms() {
    check(
        NAME,
        &[http(200, "bzminer/24.0.2/dual.json")],
        "BzMiner 24.0.2 mines kawpow+alph+randomx up 10 s: Mining
        25000000 H/s, 341.5 W
        shares 2/0/1/0 last ? s ago
        pool de.quai.example.com:1185 user ? connected ? latency ? difficulty ?
        gpu 0 RTX 3080 pci 0000:01:00.0 paused None 25000000 H/s, 60 C, memory 86 C, fan 55 %, 221.5 W, shares 2/0/1/0 last ? s ago
        gpu 1 RTX 3070 pci 0000:02:00.0 paused None ? H/s, 59 C, memory ? C, fan ? %, 120 W, shares ?/?/?/? last ? s ago
        gpu 2 AMD Ryzen 9 pci ? paused None ? H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}

#[test]
fn accepted_is_what_is_left_of_all() {
    check(
        NAME,
        &[http(200, "bzminer/9.0.4/status.json")],
        "BzMiner 9.0.4 mines ethash up 100 s: Mining
        60000000.5 H/s, ? W
        shares 10/2/?/? last ? s ago
        pool eth.example.com:4444 user ? connected ? latency ? difficulty ?
        gpu 0 ? pci 0000:02:00.0 paused None 60000000.5 H/s, 60 C, memory ? C, fan 50 %, ? W, shares ?/?/?/? last ? s ago",
    );
}
