//! What Prometheus is told, family by family.

use quaiminer_domain::fact::{Fact, Reading};
use quaiminer_domain::miner::{GpuReading, MinerReading};
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_store::Figures;

use super::exposition::Kind::{Counter, Gauge, Summary};
use super::exposition::{Exposition, Kind};
use crate::app::App;
use crate::usage::Usage;

pub fn render(app: &App, figures: &Figures, usage: Option<Usage>) -> String {
    let mut out = Exposition::default();
    traffic(&mut out, app);
    process(&mut out, app, usage);
    database(&mut out, app, figures);
    let snapshot = app.rig.snapshot();
    miners(&mut out, &snapshot);
    gpus(&mut out, &snapshot);
    node(&mut out, &snapshot);
    out.finish()
}

fn traffic(out: &mut Exposition, app: &App) {
    let totals = app.traffic.totals();
    let requests: u64 = totals.iter().map(|total| total.requests()).sum();
    let errors: u64 = totals.iter().map(|total| total.errors()).sum();
    // NODE-COMPAT: the first three families.
    out.family("http_requests_total", Counter, "Total number of HTTP requests")
        .value(&[], requests as f64);
    out.family(
        "http_request_duration_seconds",
        Gauge,
        "Average HTTP request duration, of the last 1000 requests",
    )
    .known(&[], app.traffic.recent_mean_s());
    out.family("http_errors_total", Counter, "Total number of HTTP errors, status 400 and above")
        .value(&[], errors as f64);
    out.family("quaiminer_http_requests_total", Counter, "HTTP requests by kind and status");
    for total in &totals {
        for (count, status) in total.statuses.iter().zip(["1xx", "2xx", "3xx", "4xx", "5xx"]) {
            let labels = [("kind", total.kind.name()), ("status", status)];
            out.value(&labels, *count as f64);
        }
    }
    out.family("quaiminer_http_duration_seconds", Summary, "Durations of HTTP requests by kind");
    for total in &totals {
        let labels = [("kind", total.kind.name())];
        out.sample("_sum", &labels, total.duration.as_secs_f64());
        out.sample("_count", &labels, total.requests() as f64);
    }
    out.family("quaiminer_watching_pages", Gauge, "Open WebSockets")
        .value(&[], app.live.watching() as f64);
}

fn process(out: &mut Exposition, app: &App, usage: Option<Usage>) {
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    out.family("quaiminer_build_info", Gauge, "Always 1, with the version").value(&version, 1.0);
    out.family("quaiminer_demo", Gauge, "1: all values of the rig are simulated")
        .value(&[], flag(app.config.demo));
    out.family("quaiminer_uptime_seconds", Gauge, "Since the start of the dashboard")
        .value(&[], app.started.elapsed().as_secs_f64());
    let Some(usage) = usage else { return };
    out.family("process_cpu_seconds_total", Counter, "Processor time of the dashboard")
        .value(&[], (usage.user_us + usage.system_us) as f64 / 1e6);
    out.family("process_resident_memory_bytes", Gauge, "Memory of the dashboard")
        .value(&[], usage.resident_bytes as f64);
    out.family("process_threads", Gauge, "Threads of the dashboard")
        .value(&[], usage.threads as f64);
}

fn database(out: &mut Exposition, app: &App, figures: &Figures) {
    let works = !app.store.health().borrow().is_failing();
    out.family("quaiminer_database_up", Gauge, "1: what is measured reaches the disk")
        .value(&[], flag(works));
    for (name, kind, help, value) in [
        (
            "quaiminer_database_accesses_total",
            Counter,
            "Reading and writing accesses",
            figures.accesses as f64,
        ),
        (
            "quaiminer_database_slow_accesses_total",
            Counter,
            "Accesses that took more than 0.1 s",
            figures.slow as f64,
        ),
        ("quaiminer_database_errors_total", Counter, "Accesses that failed", figures.failed as f64),
        (
            "quaiminer_database_seconds_total",
            Counter,
            "Time that accesses took",
            figures.duration.as_secs_f64(),
        ),
        ("quaiminer_database_size_bytes", Gauge, "Size of the database", figures.size_bytes as f64),
        (
            "quaiminer_dropped_samples_total",
            Counter,
            "Samples lost because the disk failed for too long",
            app.store.dropped_samples() as f64,
        ),
    ] {
        out.family(name, kind, help).value(&[], value);
    }
}

fn miners(out: &mut Exposition, snapshot: &Snapshot) {
    out.family("quaiminer_mining", Gauge, "1: a miner mines")
        .value(&[], flag(snapshot.is_mining()));
    out.family("quaiminer_miner_up", Gauge, "1: the miner answers");
    for source in &snapshot.miners {
        let labels = [("miner", source.address.as_str())];
        out.value(&labels, flag(source.reading.value().is_some()));
    }
    type Field = fn(&MinerReading) -> Option<f64>;
    let fields: [(&'static str, Kind, &str, Field); 9] = [
        ("quaiminer_hashrate_hs", Gauge, "Hashes per second", |miner| miner.hashrate_hs.get()),
        ("quaiminer_power_watts", Gauge, "Power of all devices", |miner| miner.power_w.get()),
        ("quaiminer_miner_uptime_seconds", Gauge, "Since the miner's start", |miner| {
            count(&miner.uptime_s)
        }),
        ("quaiminer_pool_connected", Gauge, "1: connected to the pool", |miner| {
            miner.pool.connected.get().map(flag)
        }),
        ("quaiminer_pool_latency_seconds", Gauge, "Answer time of the pool", |miner| {
            count(&miner.pool.latency_ms).map(|ms| ms / 1000.0)
        }),
        ("quaiminer_shares_accepted_total", Counter, "Accepted shares", |miner| {
            count(&miner.shares.accepted)
        }),
        ("quaiminer_shares_rejected_total", Counter, "Rejected shares", |miner| {
            count(&miner.shares.rejected)
        }),
        ("quaiminer_shares_invalid_total", Counter, "Wrong results", |miner| {
            count(&miner.shares.invalid)
        }),
        ("quaiminer_shares_stale_total", Counter, "Shares that came too late", |miner| {
            count(&miner.shares.stale)
        }),
    ];
    for (name, kind, help, field) in fields {
        out.family(name, kind, help);
        for source in &snapshot.miners {
            let labels = [("miner", source.address.as_str())];
            out.known(&labels, source.reading.value().and_then(field));
        }
    }
}

fn gpus(out: &mut Exposition, snapshot: &Snapshot) {
    type Field = fn(&GpuReading) -> Option<f64>;
    let fields: [(&'static str, Kind, &str, Field); 7] = [
        ("quaiminer_gpu_hashrate_hs", Gauge, "Hashes per second", |gpu| gpu.hashrate_hs.get()),
        ("quaiminer_gpu_temperature_celsius", Gauge, "Of the core", |gpu| gpu.temp_c.get()),
        ("quaiminer_gpu_memory_temperature_celsius", Gauge, "Of the memory", |gpu| {
            gpu.memory_temp_c.get()
        }),
        ("quaiminer_gpu_fan_percent", Gauge, "Of the fan's highest speed", |gpu| {
            gpu.fan_percent.get()
        }),
        ("quaiminer_gpu_power_watts", Gauge, "Power", |gpu| gpu.power_w.get()),
        ("quaiminer_gpu_shares_accepted_total", Counter, "Accepted shares", |gpu| {
            count(&gpu.shares.accepted)
        }),
        ("quaiminer_gpu_shares_rejected_total", Counter, "Rejected shares", |gpu| {
            count(&gpu.shares.rejected)
        }),
    ];
    for (name, kind, help, field) in fields {
        out.family(name, kind, help);
        for source in &snapshot.miners {
            for gpu in source.reading.value().map_or(&[][..], |miner| &miner.gpus) {
                let index = gpu.index.to_string();
                let labels = [
                    ("miner", source.address.as_str()),
                    ("gpu", &index),
                    ("name", gpu.name.known().map_or("", String::as_str)),
                ];
                out.known(&labels, field(gpu));
            }
        }
    }
}

fn node(out: &mut Exposition, snapshot: &Snapshot) {
    out.family("quaiminer_node_up", Gauge, "1: the node answers")
        .value(&[], flag(snapshot.node.reading.value().is_some()));
    let Reading::Known { value: node, .. } = &snapshot.node.reading else { return };
    for (name, help, value) in [
        ("quaiminer_node_block_height", "Height of the zone's chain", count(&node.height)),
        ("quaiminer_node_peers", "Peers of the node", count(&node.peers)),
        (
            "quaiminer_node_in_sync",
            "1: the newest block is not old",
            node.in_sync(snapshot.at_ms).get().map(flag),
        ),
        ("quaiminer_node_difficulty", "Of the newest block", node.difficulty.get()),
    ] {
        out.family(name, Gauge, help).known(&[], value);
    }
}

fn count(fact: &Fact<u64>) -> Option<f64> {
    fact.get().map(|count| count as f64)
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}
