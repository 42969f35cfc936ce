use std::fs;

use super::*;

/// A root directory of its own.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Machine(tempfile::tempdir().unwrap())
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn device(&self, address: &str, class: &str, vendor: &str, device: &str) {
        for (name, text) in [("class", class), ("vendor", vendor), ("device", device)] {
            self.write(&format!("sys/bus/pci/devices/{address}/{name}"), &format!("{text}\n"));
        }
    }

    fn cards(&self) -> Vec<Card> {
        self.try_cards().unwrap()
    }

    fn try_cards(&self) -> Result<Vec<Card>, ConfigError> {
        cards(self.0.path(), &self.0.path().join("etc"), &pci::Names::default())
    }
}

#[test]
fn cards_on_the_bus() {
    let machine = Machine::new();
    assert_eq!(machine.cards(), []);
    machine.device("0000:00:02.0", "0x030000", "0x8086", "0x4680");
    machine.device("0000:0a:00.0", "0x030000", "0x1002", "0x67df");
    machine.device("0000:03:00.0", "0x030200", "0x10de", "0x2206");
    machine.device("0000:0a:00.1", "0x040300", "0x1002", "0xaaf0");
    machine.device("0000:05:00.0", "0x030000", "0x1a03", "0x2000");
    machine.device("0000:0b:00.0", "0x038000", "0x1002", "0x0000");
    machine.device("0000:0c:00.0", "0xffffff", "broken", "");
    machine.write("sys/bus/pci/devices/0000:0a:00.0/mem_info_vram_total", "8589934592\n");
    machine.write("sys/bus/pci/devices/0000:0a:00.0/product_name", "\n");
    machine.write(
        "proc/driver/nvidia/gpus/0000:03:00.0/information",
        "Model: \t\t NVIDIA GeForce RTX 3080\nIRQ:   \t\t 88\n",
    );
    machine.write(
        "usr/share/misc/pci.ids",
        "1001  Other\n\t67df  Wrong\n1002  AMD\n# note\n\t0b00  A\n\t67df  Ellesmere [Radeon RX 580]\n\t\t1002 0b37  Sub\n10de  NVIDIA\n",
    );
    let told: Vec<_> = machine
        .cards()
        .iter()
        .map(|card| {
            let pci = card.pci.get().unwrap().to_string();
            (pci, card.vendor.get().unwrap().name(), card.model.known().cloned())
        })
        .collect();
    let expected = [
        ("0000:03:00.0", "nvidia", Some("NVIDIA GeForce RTX 3080")),
        ("0000:0a:00.0", "amd", Some("Ellesmere [Radeon RX 580]")),
        ("0000:0b:00.0", "amd", None),
    ];
    assert_eq!(told, expected.map(|(a, v, m)| (a.to_owned(), v, m.map(str::to_owned))));
    assert_eq!(machine.cards()[1].memory_bytes, Fact::Known(8 << 30));
    assert_eq!(machine.cards()[0].memory_bytes.get(), None);
}

#[test]
fn the_list_of_the_detector_counts_before_the_bus() {
    let machine = Machine::new();
    machine.device("0000:03:00.0", "0x030000", "0x10de", "0x2206");
    machine.write(
        "etc/hardware-info.json",
        r#"{"gpus":[{"index":0,"vendor":"amd","model":"RX 580\n","memory_mb":8192,"temperature":60,
            "power_watts":120.5,"pci_id":"0a:00.0","architecture":"polaris20",
            "opencl_available":true,"optimized":true},7]}"#,
    );
    let cards = machine.cards();
    assert_eq!(cards.len(), 2);
    assert_eq!(cards[0].vendor, Fact::Known(Vendor::Amd));
    assert_eq!(cards[0].model, Fact::Known("RX 580".to_owned()));
    assert_eq!(cards[0].memory_bytes, Fact::Known(8 << 30));
    assert_eq!(cards[0].pci.get(), PciAddress::parse("0a:00.0"));
    assert_eq!(cards[0].architecture, Fact::Known("polaris20".to_owned()));
    assert_eq!((cards[0].opencl.get(), cards[0].optimized), (Some(true), true));
    // An entry that says nothing still has its place.
    assert_eq!(cards[1].vendor.get(), None);
    machine.write("etc/hardware-info.json", r#"{"gpus":"none"}"#);
    assert_eq!(machine.cards(), []);
    let many = vec!["{}"; 65].join(",");
    machine.write("etc/hardware-info.json", &format!(r#"{{"gpus":[{many}]}}"#));
    let error = machine.try_cards().unwrap_err();
    assert!(String::from(error).contains("lists 65 GPUs"));
}

#[test]
fn drivers_and_their_versions() {
    let machine = Machine::new();
    let check = |expected: Option<(Vendor, &str)>| {
        let found = driver(machine.0.path());
        let told = found
            .as_ref()
            .map(|one| (one.vendor, one.version.known().map_or("unknown", String::as_str)));
        assert_eq!(told, expected);
    };
    check(None);
    machine.write("sys/module/amdgpu/initstate", "live\n");
    check(Some((Vendor::Amd, "unknown")));
    machine.write("proc/sys/kernel/osrelease", "6.8.0-45-generic\n");
    check(Some((Vendor::Amd, "kernel 6.8.0-45-generic")));
    machine.write("sys/module/amdgpu/version", "6.7.0\n");
    check(Some((Vendor::Amd, "6.7.0")));
    machine.write("sys/module/nvidia/version", "535.1\n");
    check(Some((Vendor::Nvidia, "535.1")));
    let text =
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19\nGCC version:\n";
    machine.write("proc/driver/nvidia/version", text);
    check(Some((Vendor::Nvidia, "535.129.03")));
    let open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.14  Release Build";
    assert_eq!(nvidia_version(open).as_deref(), Some("550.54.14"));
    assert_eq!(nvidia_version("NVRM version: 1.2"), None);
}
