use crate::support::{check, http};

const NAME: &str = "srbminer";

/// The fan of an AMD card is told in turns per minute.
#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "srbminer/3.4.6/status.json")],
        "SRBMiner-MULTI 3.4.6 mines kawpow up 1368 s: Mining
        31000000 H/s, 168 W
        shares 15/1/0/? last ? s ago
        pool de.quai.example.com:1185 user 0x00123456789aBcDeF0123456789aBCDEf0123456.rig01 connected ? latency 34 difficulty 0.93
        gpu 0 amd_radeon_rx_6800_xt pci 0000:03:00.0 paused None 31000000 H/s, 62 C, memory ? C, fan ? %, 168 W, shares 15/1/0/? last ? s ago",
    );
}

/// Nor does a list of cards that is too short hide a card.
#[test]
fn what_the_processor_does_is_not_added() {
    check(
        NAME,
        &[http(200, "srbminer/3.4.6/cpu_and_gpu.json")],
        "SRBMiner-MULTI 3.4.6 mines kawpow+randomx up 20 s: Mining
        22000000.5 H/s, ? W
        shares 3/0/?/? last ? s ago
        pool de.quai.example.com:1185 user 0x00123456789aBcDeF0123456789aBCDEf0123456 connected ? latency ? difficulty ?
        gpu 0 amd_radeon_rx_580 pci 0000:0a:00.0 paused None 10000000 H/s, ? C, memory ? C, fan ? %, ? W, shares 1/?/?/? last ? s ago
        gpu 1 ? pci ? paused None 12000000.5 H/s, ? C, memory ? C, fan ? %, ? W, shares 2/?/?/? last ? s ago",
    );
}

#[test]
fn another_algorithm_and_no_bus() {
    check(
        NAME,
        &[http(200, "srbminer/3.6.4/status.json")],
        "SRBMiner-MULTI 3.6.4 mines pearlhash up 11080 s: Mining
        63404632916632.73 H/s, 149 W
        shares 64/0/0/? last ? s ago
        pool pearl.example.com:7048 user account/rig01 connected ? latency 232 difficulty 2097152
        gpu 0 nvidia_geforce_rtx_3070 pci ? paused None 63404632916632.73 H/s, 74 C, memory ? C, fan 86 %, 149 W, shares 64/0/0/? last ? s ago",
    );
}

#[test]
fn a_processor_alone() {
    check(
        NAME,
        &[http(200, "srbminer/0.5.6/cpu.json")],
        "SRBMiner-MULTI 0.5.6 mines cpupower up 132 s: Mining
        343 H/s, ? W
        shares 11/1/?/? last ? s ago
        pool cpu.example.com:3333 user ? connected ? latency ? difficulty 1",
    );
}
