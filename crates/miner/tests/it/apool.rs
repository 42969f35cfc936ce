use crate::support::{check, http};

const NAME: &str = "apool";

/// It works, but in which unit is not known; the processor's power does not count.
#[test]
fn mining() {
    check(
        NAME,
        &[http(200, "apool/3.3.1/gpu.json"), http(200, "apool/3.3.1/status.json")],
        "apoolminer ? mines ? up 197 s: Mining
        ? H/s, 390 W
        shares 91/?/1/2 last ? s ago
        pool ? user ? connected true latency ? difficulty ?
        gpu 0 2060SU pci ? paused None ? H/s, 74 C, memory ? C, fan 76 %, 169 W, shares 31/?/1/2 last ? s ago
        gpu 1 3080 pci ? paused None ? H/s, 60 C, memory ? C, fan ? %, 221 W, shares 60/?/0/0 last ? s ago
        gpu 2 CPU pci ? paused None ? H/s, ? C, memory ? C, fan ? %, ? W, shares 0/?/0/0 last ? s ago",
    );
}

#[test]
fn pool_down() {
    check(
        NAME,
        &[http(200, "apool/3.3.1/gpu.json"), http(200, "apool/3.3.1/status_offline.json")],
        "apoolminer ? mines ? up 197 s: NoPool
        ? H/s, 390 W
        shares 91/?/1/2 last ? s ago
        pool ? user ? connected false latency ? difficulty ?
        gpu 0 2060SU pci ? paused None ? H/s, 74 C, memory ? C, fan 76 %, 169 W, shares 31/?/1/2 last ? s ago
        gpu 1 3080 pci ? paused None ? H/s, 60 C, memory ? C, fan ? %, 221 W, shares 60/?/0/0 last ? s ago
        gpu 2 CPU pci ? paused None ? H/s, ? C, memory ? C, fan ? %, ? W, shares 0/?/0/0 last ? s ago",
    );
}
