//! `/api/metrics`: how the dashboard itself does, and for Prometheus the rig
//! as well (deviation R14).

mod exposition;
mod families;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use quaiminer_engine::clock::now_ms;
use serde_json::{Value, json};

use super::super::answer;
use super::super::describe::{Content, Doc};
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{boolean, integer, map, number, object, one_of, text};
use crate::access::Access;
use crate::app::SharedApp;
use crate::http::limit::Budget;
use crate::time::iso;
use crate::usage::{Memory, Usage};

const MIB: f64 = 1_048_576.0;
/// NODE-COMPAT: more growth than this between two times ten samples counts as
/// a leak.
const LEAK_PERCENT: f64 = 20.0;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/metrics", Access::VIEW, get).counted_as(Budget::Uncounted).doc(doc),
        Route::get("/api/metrics/prometheus", Access::VIEW, prometheus)
            .counted_as(Budget::Uncounted)
            .doc(|| {
                Doc::new("The dashboard and the rig, for Prometheus").answer(
                    200,
                    "The text format 0.0.4",
                    Content::Other("text/plain"),
                )
            }),
    ]
}

fn doc() -> Doc {
    let sizes = object([("heapUsed", integer()), ("heapTotal", integer()), ("rss", integer())]);
    let leak = object([("detected", boolean())])
        .with("growthPercent", text())
        .with("recentAvg", integer())
        .with("olderAvg", integer());
    let kind = object([
        ("count", integer()),
        ("errors", integer()),
        ("averageDuration", number().about("Milliseconds")),
    ]);
    Doc::new("How the dashboard itself does").gives(object([
        (
            "memory",
            object([
                ("used", integer().about("MiB of its own")),
                ("total", integer().about("MiB with its files")),
                ("percentage", integer()),
                ("current", sizes),
                ("average", integer()),
                ("history", integer()),
                ("leakCheck", leak.or_null()),
            ]),
        ),
        (
            "cpu",
            object([(
                "usage",
                object([("user", integer().about("Microseconds")), ("system", integer())]),
            )]),
        ),
        ("uptime", number().about("Seconds")),
        (
            "database",
            object([
                ("status", one_of(&["healthy", "failing"])),
                ("totalQueries", integer()),
                ("slowQueries", integer()),
                ("errors", integer()),
                ("averageQueryTime", number().about("Milliseconds")),
                ("databaseSize", integer().about("Bytes")),
                ("lastCheck", text()),
            ]),
        ),
        ("requests", map(kind)),
        ("timestamp", text()),
    ]))
}

async fn get(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let now = iso(now_ms());
    let figures = app.store.figures().await?;
    let health = if app.store.health().borrow().is_failing() { "failing" } else { "healthy" };
    let mean_ms = |total: std::time::Duration, count: u64| {
        let mean = total.as_secs_f64() * 1000.0 / count.max(1) as f64;
        super::number((mean * 1000.0).round() / 1000.0)
    };
    let requests: serde_json::Map<String, Value> = app
        .traffic
        .totals()
        .iter()
        .map(|total| {
            let figures = json!({
                "count": total.requests(),
                "errors": total.errors(),
                "averageDuration": mean_ms(total.duration, total.requests()),
            });
            (total.kind.name().to_owned(), figures)
        })
        .collect();
    let usage = Usage::read().unwrap_or_default();
    Ok(answer::ok(&json!({
        "memory": memory(&usage, &app.memory),
        "cpu": { "usage": { "user": usage.user_us, "system": usage.system_us } },
        "uptime": app.started.elapsed().as_secs_f64(),
        "database": {
            "status": health,
            "totalQueries": figures.accesses,
            "slowQueries": figures.slow,
            "errors": figures.failed,
            "averageQueryTime": mean_ms(figures.duration, figures.accesses),
            "databaseSize": figures.size_bytes,
            "lastCheck": now,
        },
        "requests": requests,
        "timestamp": now,
    })))
}

/// In Node's names: `heapUsed` is what is the process's own, `heapTotal` all
/// that is in memory.
fn memory(usage: &Usage, memory: &Memory) -> Value {
    let mib = |bytes: f64| (bytes / MIB).round() as i64;
    let (own, resident) = (usage.own_bytes as f64, usage.resident_bytes as f64);
    let leak = memory.trend().map(|trend| {
        if trend.growth() <= LEAK_PERCENT {
            return json!({ "detected": false });
        }
        json!({
            "detected": true,
            "growthPercent": format!("{:.2}", trend.growth()),
            "recentAvg": mib(trend.recent_bytes),
            "olderAvg": mib(trend.older_bytes),
        })
    });
    json!({
        "used": mib(own),
        "total": mib(resident),
        "percentage": (own / resident.max(1.0) * 100.0).round() as i64,
        "current": { "heapUsed": mib(own), "heapTotal": mib(resident), "rss": mib(resident) },
        "average": mib(memory.mean_bytes().unwrap_or(own)),
        "history": memory.count(),
        "leakCheck": leak,
    })
}

async fn prometheus(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let figures = app.store.figures().await?;
    let text = families::render(&app, &figures, Usage::read());
    let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(CONTENT_TYPE, media_type)], text).into_response())
}

/// Looks at the process's memory for as long as it runs.
pub async fn watch(app: SharedApp) {
    let mut tick = tokio::time::interval(crate::usage::LOOK_EVERY);
    loop {
        tick.tick().await;
        app.memory.look();
    }
}
