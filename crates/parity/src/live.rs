//! Requests that change nothing, to compare two servers that run. Exports are
//! not among them: Node leaves a file behind for each.

use crate::recording::Row;

/// Name as in the recording, address, and what may differ from moment to
/// moment.
const READS: &[(&str, &str, &[&str])] = &[
    ("health", "/api/health", &["/body/timestamp", "/body/uptime"]),
    ("metrics", "/api/metrics", &["/body/timestamp", "/body/uptime"]),
    ("metrics.prometheus", "/api/metrics/prometheus", &["/body"]),
    ("hardware.detect", "/api/hardware/detect", &[]),
    ("hardware.drivers", "/api/hardware/drivers", &[]),
    ("stats", "/api/stats", &[]),
    ("stats.history.get", "/api/stats/history", &[]),
    ("blocks.list", "/api/blocks/validated", &[]),
    ("blocks.stats", "/api/blocks/stats", &[]),
    ("gpus", "/api/gpus", &[]),
    ("gpu.list", "/api/gpu/list", &[]),
    ("gpu.settings.get", "/api/gpu/0/settings", &[]),
    ("gpu.presets.get", "/api/gpu/presets", &[]),
    ("miner.status", "/api/miner/status", &[]),
    ("miner.config.get", "/api/miner/config", &[]),
    ("miner.logs", "/api/miner/logs", &[]),
    ("pools", "/api/pools", &[]),
    ("pools.recommended.10", "/api/pools/recommended?hashRate=10", &[]),
    ("optimizer.get", "/api/optimizer/settings", &[]),
    ("difficulty-adjustor.get", "/api/difficulty-adjustor/settings", &[]),
    ("staking.balances", "/api/staking/balances", &[]),
    ("staking.rewards", "/api/staking/rewards", &[]),
    ("rigs.list", "/api/rigs", &[]),
    ("flight.list", "/api/flight-sheets", &[]),
    ("setup.status", "/api/setup/status", &[]),
    ("alerts.settings.get", "/api/alerts/settings", &[]),
    ("notifications.jwt", "/api/notifications", &[]),
    ("quai.GET.difficulty/current", "/api/difficulty/current", &["/body/difficulties/timestamp"]),
    ("quai.GET.difficulty/chain/Prime", "/api/difficulty/chain/Prime", &[]),
    ("quai.GET.difficulty/profitable", "/api/difficulty/profitable", &[]),
    ("quai.GET.difficulty/history", "/api/difficulty/history", &[]),
    ("quai.GET.difficulty/trends", "/api/difficulty/trends", &[]),
    ("quai.GET.auto-switch/status", "/api/auto-switch/status", &["/body/difficulties/timestamp"]),
    (
        "quai.GET.quai/metrics",
        "/api/quai/metrics?hashRate=10&powerUsage=150",
        &["/body/metrics/network/timestamp"],
    ),
    ("quai.GET.quai/soap", "/api/quai/soap", &[]),
    ("quai.GET.quai/lmt-lmr", "/api/quai/lmt-lmr", &[]),
    ("page.api.unknown", "/api/unknown", &[]),
];

pub fn reads() -> Vec<Row> {
    READS.iter().map(|(name, path, volatile)| Row::of_get(name, path, volatile)).collect()
}
