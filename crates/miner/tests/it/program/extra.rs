//! Arguments of one's own.

use quaiminer_miner::ADAPTERS;

use super::{order, program};

#[test]
fn extra_arguments_may_tune_and_nothing_else() {
    let ask = |name: &str, extra: &str| {
        let mut order = order(name, 1000);
        order.extra = extra.split(' ').map(str::to_owned).collect();
        program(name).command(&order)
    };
    for (name, extra) in [
        ("rigel", "--temp-limit tc[60-70] --cclock -100,_,200 --dns-over-https"),
        ("srbminer", "--gpu-intensity 20 --gpu-extra-config foo --gpu-plimit0 200"),
        ("wildrig", "--opencl-threads 2 --gpu-core-offset=-100 --send-stale"),
        ("bzminer", "-i 20 --oc_core_clock_offset -100 100"),
        ("teamredminer", "--pool_no_ensub --init_style=3"),
        ("gminer", "--intensity 90 90 -t 85"),
        ("trex", "-i 22 --low-load 1 --pl 200"),
        ("nbminer", "-i 80 --temperature-limit 80"),
        ("kawpowminer", "--farm-recheck 500 --cuda-streams 2 --noeval -R"),
        ("xmrig", "-t 4 --cpu-priority 2 --print-time=10 --threads=2"),
        ("cpuminer", "-t 2 --cpu-affinity 0x3"),
    ] {
        let argv = ask(name, extra).unwrap();
        assert!(argv.join(" ").ends_with(extra), "{name} {argv:?}");
    }
    let denied = |name: &str, extra: &str, why: &str| {
        let refusal = ask(name, extra).unwrap_err();
        assert_eq!(refusal.field, "extra");
        assert!(refusal.why.contains(why), "{name} {extra}: {refusal}");
        // A word that cannot be shown is told by its place.
        let is_named = extra.split([' ', '=']).any(|word| refusal.why.contains(word));
        assert!(is_named || refusal.why.starts_with("Word "), "{refusal}");
    };
    // What is the same in all programs.
    for adapter in ADAPTERS.iter().filter(|adapter| adapter.program().is_some()) {
        for extra in [
            "--pool evil:1",
            "--url=evil:1",
            "--user EVIL",
            "--wallet=EVIL",
            "--WALLET EVIL",
            "--pass x",
            "--proxy evil:1",
            "--algo etchash",
            "--url2 evil:1",
            "--wallet2 E",
        ] {
            denied(adapter.name(), extra, "paid");
        }
        denied(adapter.name(), "-uEVIL", "word of its own");
        denied(adapter.name(), "-kBu EVIL", "word of its own");
        for extra in ["--api-bind 0.0.0.0:1", "--http-host 0.0.0.0", "--api_listen=0.0.0.0:1"] {
            denied(adapter.name(), extra, "API");
        }
        denied(adapter.name(), "--log-file /etc/passwd", "files");
        denied(adapter.name(), "--config evil.json", "sheet");
        denied(adapter.name(), "--some-script evil.sh", "other programs");
        denied(adapter.name(), "--watchdog 1", "dashboard");
        denied(adapter.name(), "--benchmark", "mine");
        denied(adapter.name(), "-- --user EVIL", "name has letters");
        denied(adapter.name(), "- x", "");
        denied(adapter.name(), "--ûser EVIL", "name has letters");
        denied(adapter.name(), "stray", "comes first");
        denied(adapter.name(), "--zz @evil", "@evil is refused");
        denied(adapter.name(), "--zz a\nb", "control");
        denied(adapter.name(), "", "empty");
    }
    assert!(!ask("rigel", "--pass=hunter22").unwrap_err().why.contains("hunter22"));
    // Short ones, abbreviations, and what only one program has.
    for (name, extra, why) in [
        ("rigel", "-u EVIL", "paid"),
        ("rigel", "--usern EVIL", "paid"),
        ("rigel", "-l x.log", "files"),
        ("rigel", "-d 1", "cards"),
        ("rigel", "--no-strict-ssl", "trust"),
        ("srbminer", "--startup-script x", "other programs"),
        ("srbminer", "--api-rig-restart-url x", "API"),
        ("srbminer", "--gpu-id 1", "cards"),
        ("wildrig", "--execute x", "other programs"),
        ("wildrig", "--exec x", "other programs"),
        ("bzminer", "--w2 EVIL --p2 evil:1", "paid"),
        ("bzminer", "--oc-script x", "other programs"),
        ("bzminer", "--hung_gpu_reboot 1", "dashboard"),
        ("bzminer", "--extra_dev_fee 50", "paid"),
        ("bzminer", "-c x", "sheet"),
        ("teamredminer", "--watchdog-script=x", "other programs"),
        ("gminer", "--duser EVIL", "paid"),
        ("trex", "--fork-at kawpow=time:2020", "paid"),
        ("trex", "--script-s x", "other programs"),
        ("trex", "-b 0.0.0.0:1", "API"),
        ("nbminer", "-o1 evil:1", "word of its own"),
        ("nbminer", "--secondary-user EVIL", "paid"),
        ("kawpowminer", "-P stratum+tcp://E@evil:1", "paid"),
        ("xmrig", "--us EVIL", "paid"),
        ("xmrig", "--o evil:1", ""),
        ("xmrig", "--donate-level 99", "paid"),
        ("xmrig", "--http-no-restricted", "API"),
        ("xmrig", "--opencl-loader evil.so", "other programs"),
        ("xmrig", "-B", "mine"),
        ("cpuminer", "--coinbase-addr EVIL", "paid"),
        ("cpuminer", "--api-remote", "API"),
        ("lolminer", "--dualpool evil:1", "paid"),
        ("onezerominer", "--zil-before-script x", "other programs"),
        ("apool", "--account-slave EVIL", "paid"),
    ] {
        denied(name, extra, why);
    }
}
