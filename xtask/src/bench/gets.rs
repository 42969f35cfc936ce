//! Every address that can be read, on the database of a large rig.

use std::time::{Duration, UNIX_EPOCH};

use quaiminer_standin::load::{self, Target};
use serde_json::Value;

use super::Plan;
use super::rig::{Past, Rig};
use super::table::{Better, Row};
use crate::Result;

/// Not asked: these stream as much as there is, or answer no plain request.
const EXCEPT: [&str; 2] = ["/api/export/", "/api/v1/stream"];

/// What is asked besides, with all that there is to read.
const LONG: [&str; 6] = [
    "/api/blocks/validated?limit=500",
    "/api/v1/events?limit=500",
    "/api/stats/history?hours=720",
    "/api/stats/history?hours=720&gpuId=0",
    "/api/stats/history?hours=720&aggregated=true",
    "/api/stats/history?hours=720&aggregated=true&interval=5",
];

pub(super) fn measure(rig: &Rig, plan: &Plan) -> Result<Row> {
    println!("every GET");
    let dashboard = rig.start(Past::Farm)?;
    let target = |path: &str| Target::new(dashboard.address(), path);
    let described = load::get(&target("/api/openapi.json"))
        .map_err(|error| format!("/api/openapi.json: {error}"))?;
    let described: Value = serde_json::from_slice(&described).map_err(|error| error.to_string())?;
    let mut slowest = (0.0, 0.0, String::new());
    let mut asked = 0;
    // Some answer only to whoever has signed in, or where there is a miner's log.
    let answered = paths(&described).into_iter().filter(|path| load::get(&target(path)).is_ok());
    for path in answered.chain(LONG.map(str::to_owned)).chain(charts()) {
        let latencies =
            load::latency(&target(&path), plan.gets).map_err(|error| format!("{path}: {error}"))?;
        let milliseconds = |share| latencies.percentile(share).as_secs_f64() * 1e3;
        asked += 1;
        if milliseconds(0.99) > slowest.0 {
            slowest = (milliseconds(0.99), milliseconds(0.5), path);
        }
    }
    dashboard.stop()?;
    let (measured, usual, path) = slowest;
    Ok(Row {
        name: "p99 of the slowest GET, 30 days, 12 miners",
        unit: "ms",
        measured: if asked == 0 { f64::NAN } else { measured },
        must: 5.0,
        aim: 1.0,
        better: Better::Lower,
        beside: format!("p50 {usual:.3} ms, {path}, of {asked}; 20,000 blocks"),
    })
}

/// Those without a parameter in the path.
fn paths(described: &Value) -> Vec<String> {
    let paths = described.get("paths").and_then(Value::as_object);
    let readable = paths.into_iter().flatten().filter(|(path, operations)| {
        operations.get("get").is_some()
            && !path.contains('{')
            && !EXCEPT.iter().any(|except| path.starts_with(except))
    });
    readable.map(|(path, _)| path.clone()).collect()
}

/// The charts of the page.
fn charts() -> impl Iterator<Item = String> {
    const HOURS: [u64; 4] = [1, 24, 7 * 24, 30 * 24];
    let now = UNIX_EPOCH.elapsed().unwrap_or_default();
    HOURS.into_iter().map(move |hours| {
        let from = now.saturating_sub(Duration::from_secs(hours * 3600));
        format!("/api/v1/history?from={}&to={}", from.as_millis(), now.as_millis())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn what_is_asked() {
        let described = json!({ "paths": {
            "/api/a": { "get": {}, "post": {} },
            "/api/b": { "post": {} },
            "/api/c/{id}": { "get": {} },
            "/api/export/csv": { "get": {} },
        } });
        assert_eq!(super::paths(&described), ["/api/a"]);
    }
}
