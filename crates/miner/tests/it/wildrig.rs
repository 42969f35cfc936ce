use crate::support::{check, http};

const NAME: &str = "wildrig";

#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "wildrig/0.49.6/summary.json")],
        "WildRig 0.49.6 mines kawpow up 370 s: Mining
        61000000 H/s, 238 W
        shares 9/1/0/? last ? s ago
        pool de.quai.example.com:1185 user ? connected true latency 34 difficulty 1
        gpu 0 ? pci 0000:01:00.0 paused None 30500000 H/s, 58 C, memory ? C, fan 60 %, 120 W, shares 5/1/0/? last ? s ago
        gpu 1 ? pci 0000:03:00.0 paused None 30500000 H/s, 61 C, memory ? C, fan 65 %, 118 W, shares 4/0/0/? last ? s ago",
    );
}

#[test]
fn lists_of_different_lengths_are_not_put_together() {
    check(
        NAME,
        &[http(200, "wildrig/0.49.6/uneven.json")],
        "WildRig 0.49.6 mines kawpow up 4 s: Mining
        30500000 H/s, ? W
        shares 0/0/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?
        gpu 0 ? pci ? paused None 15000000 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago
        gpu 1 ? pci ? paused None 15500000 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}

#[test]
fn without_sensors() {
    check(
        NAME,
        &[http(200, "wildrig/0.10.0/summary.json")],
        "WildRig 0.10.0 mines wildkeccak up 370 s: Mining
        693.13 H/s, ? W
        shares 3/1/?/? last ? s ago
        pool keccak.example.com:5577 user ? connected true latency 88 difficulty 128888516
        gpu 0 ? pci ? paused None 693.13 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
}
