//! `/api/miner/…`: state, start, stop, restart and log of the miner. A
//! failure is a 200 with `success:false`, which is what pages read
//! (deviation R3).

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use quaiminer_domain::control::{Action, ControlState, Phase};
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_engine::{Outcome, read_log};
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::query::Query;
use super::super::routes::Route;
use super::super::schema::{
    self, Schema, boolean, count, either, integer, list, object, one_of, text,
};
use super::gpus::{self, Gpu};
use super::text::is_falsy;
use super::{HASHES_PER_MH, availability, or_zero};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::SharedApp;

/// More cards than any board takes.
const MAX_GPUS: usize = 64;
const MAX_GPU_INDEX: u32 = 255;
const DEFAULT_LOG_LINES: u32 = 100;
const MAX_LOG_LINES: u32 = 2000;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/miner/status", Access::VIEW, status).doc(status_doc),
        Route::post("/api/miner/start", Access::OPERATE, start).doc(|| {
            let all = either([
                schema::null(),
                schema::exactly(false),
                schema::exactly(0),
                text().like("^$"),
            ]);
            let indices = list(index_schema()).at_most(MAX_GPUS);
            Doc::new("Starts the miner, or that of some GPUs")
                .may_take(object([]).with("gpu_indices", either([indices, all])))
                .gives(outcome_schema())
        }),
        Route::post("/api/miner/stop", Access::OPERATE, stop).doc(|| {
            Doc::new("Stops the miner, or that of one GPU")
                .may_take(object([]).with("gpu_index", index_schema().or_null()))
                .gives(outcome_schema())
        }),
        Route::post("/api/miner/restart", Access::OPERATE, restart).doc(|| {
            Doc::new("Stops the miner and starts it again")
                .may_take(object([]))
                .gives(outcome_schema())
        }),
        Route::get("/api/miner/logs", Access::VIEW, logs).doc(|| {
            Doc::new("The last lines of the miner's log")
                .query("lines", count().about("100; at most 2000"))
                .query("gpu_index", count().about("Of this GPU's miner only"))
                .gives(
                    object([("success", boolean())])
                        .with("logs", either([text(), schema::map(text())]))
                        .with("text", text().about("All logs, one after the other"))
                        .with("gpu_index", integer())
                        .with("error", text()),
                )
        }),
    ]
}

const STATES: &[&str] = &["stopping", "starting", "running", "backing_off", "gave_up", "stopped"];

fn index_schema() -> Schema {
    either([integer().between(0.0, f64::from(MAX_GPU_INDEX)), text().like("^[0-9]{1,2}$")])
}

/// A failure is told here, too: pages read it from a 200.
fn outcome_schema() -> Schema {
    object([("success", boolean()), ("state", one_of(STATES))])
        .with("started_gpus", list(integer()))
        .with("stopped_gpus", list(integer()))
        .with("message", text())
        .with("error", text())
}

fn status_doc() -> Doc {
    let gpu = object([
        ("index", integer()),
        ("vendor", text()),
        ("model", text()),
        ("temperature", schema::number()),
        ("power_watts", schema::number()),
        ("hash_rate", schema::number().about("MH/s")),
        ("mining", boolean()),
    ])
    .with_availability();
    Doc::new("Whether the miner runs").gives(
        object([
            ("status", one_of(&["running", "stopped"])),
            ("state", one_of(STATES)),
            ("gpu_count", integer()),
            ("running_gpus", integer()),
            ("gpus", list(gpu)),
            ("total_hash_rate", schema::number().about("MH/s")),
            ("total_power", schema::number().about("Watts")),
            ("installed", boolean()),
        ])
        .with_availability(),
    )
}

async fn status(State(app): State<SharedApp>) -> Response {
    let snapshot = app.rig.snapshot();
    let gpus = gpus::all_or_told(&app, &snapshot).await;
    answer::ok(&render_status(&snapshot, &app.rig.control.state(), &gpus))
}

fn render_status(snapshot: &Snapshot, control: &ControlState, gpus: &[Gpu]) -> Value {
    let answers = snapshot.miner_readings().next().is_some();
    let running = control.any_alive() || answers;
    let has_miner = |index: usize| {
        control.instances.iter().any(|one| {
            one.gpu.is_some_and(|gpu| gpu as usize == index) && one.phase == Phase::Running
        })
    };
    let mut running_gpus = 0;
    let mut listed = Vec::with_capacity(gpus.len());
    for (index, gpu) in gpus.iter().enumerate() {
        let hashrate = gpu.live(|reading| &reading.hashrate_hs);
        let mining = hashrate.get().is_some_and(|hs| hs > 0.0) || has_miner(index);
        running_gpus += usize::from(mining);
        let mut told = gpu.render(index);
        told.insert("hash_rate".to_owned(), or_zero(&hashrate.map(|hs| hs / HASHES_PER_MH)));
        told.insert("mining".to_owned(), mining.into());
        listed.push(Value::from(told));
    }
    let hashrate = snapshot.hashrate_hs().map(|hs| hs / HASHES_PER_MH);
    let mut body = Map::from_iter([
        ("status".to_owned(), if running { "running" } else { "stopped" }.into()),
        ("state".to_owned(), state_name(control, answers).into()),
        ("gpu_count".to_owned(), gpus.len().into()),
        ("running_gpus".to_owned(), running_gpus.into()),
        ("gpus".to_owned(), listed.into()),
        ("total_hash_rate".to_owned(), or_zero(&hashrate)),
        ("total_power".to_owned(), or_zero(&snapshot.power_w())),
        ("installed".to_owned(), control.program.is_ok().into()),
    ]);
    availability(&mut body, hashrate.reason().map(AsRef::as_ref));
    Value::Object(body)
}

/// The phase that matters most to a reader, over all instances.
fn state_name(control: &ControlState, answers: bool) -> &'static str {
    let has = |wanted: fn(&Phase) -> bool| control.instances.iter().any(|one| wanted(&one.phase));
    if has(|phase| matches!(phase, Phase::Stopping)) {
        "stopping"
    } else if has(|phase| matches!(phase, Phase::Starting)) {
        "starting"
    } else if has(|phase| matches!(phase, Phase::Running)) {
        "running"
    } else if has(|phase| matches!(phase, Phase::BackingOff { .. })) {
        "backing_off"
    } else if has(|phase| matches!(phase, Phase::GaveUp { .. })) {
        "gave_up"
    } else if answers {
        // A miner that somebody else started.
        "running"
    } else {
        "stopped"
    }
}

async fn start(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let gpus = match fields.get("gpu_indices") {
        // NODE-COMPAT: whatever JavaScript takes for false means all.
        value if is_falsy(value) => None,
        Some(Value::Array(indices)) if indices.len() <= MAX_GPUS => Some(
            indices
                .iter()
                .map(|index| gpu_index(index, "gpu_indices"))
                .collect::<Result<_, _>>()?,
        ),
        _ => {
            let message = format!("gpu_indices must be a list of at most {MAX_GPUS} numbers");
            return Err(ApiError::bad_value("gpu_indices", message));
        }
    };
    let outcome = app.rig.control.ask(Action::Start { gpus }, &actor(identity)).await;
    Ok(render(outcome, Some("started_gpus")))
}

async fn stop(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let gpu = match fields.get("gpu_index") {
        None | Some(Value::Null) => None,
        Some(index) => Some(gpu_index(index, "gpu_index")?),
    };
    if gpu.is_none()
        && !app.rig.control.state().any_alive()
        && app.rig.snapshot().miner_readings().next().is_some()
    {
        let error = "The miner was not started by this dashboard: stop it where it was started";
        return Ok(answer::ok(&json!({ "success": false, "error": error, "state": "running" })));
    }
    let outcome = app.rig.control.ask(Action::Stop { gpu }, &actor(identity)).await;
    Ok(render(outcome, gpu.is_none().then_some("stopped_gpus")))
}

async fn restart(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    // There is nothing to say in it, but a damaged one is refused.
    _: Fields,
) -> Response {
    render(app.rig.control.ask(Action::Restart, &actor(identity)).await, Some("started_gpus"))
}

fn render(outcome: Outcome, gpus_field: Option<&str>) -> Response {
    let mut body = Map::from_iter([("success".to_owned(), outcome.result.is_ok().into())]);
    match outcome.result {
        Ok(done) => {
            if let Some(field) = gpus_field {
                body.insert(field.to_owned(), done.gpus.into());
            }
            body.insert("message".to_owned(), done.message.into());
        }
        Err(why) => {
            body.insert("error".to_owned(), why.into());
        }
    }
    body.insert("state".to_owned(), state_name(&outcome.state, false).into());
    answer::ok(&Value::Object(body))
}

fn gpu_index(value: &Value, field: &'static str) -> Result<u32, ApiError> {
    let index = match value {
        // 78.0 is a whole number too.
        Value::Number(number) => number
            .as_f64()
            .filter(|number| number.fract() == 0.0 && *number >= 0.0)
            .map(|number| number as u64),
        Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    index
        .and_then(|index| u32::try_from(index).ok())
        .filter(|index| *index <= MAX_GPU_INDEX)
        .ok_or_else(|| {
            ApiError::bad_value(
                field,
                format!("{field} must be a number from 0 to {MAX_GPU_INDEX}"),
            )
        })
}

/// Who asked, for the event.
fn actor(identity: Option<Extension<Identity>>) -> String {
    identity.map_or_else(|| "anonymous".to_owned(), |Extension(identity)| identity.user.name)
}

async fn logs(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let lines = query.number("lines", DEFAULT_LOG_LINES, MAX_LOG_LINES)? as usize;
    let log_dir = &app.config.log_dir;
    if let Some(gpu) = query.optional("gpu_index", u32::MAX)? {
        let body = match read_log(log_dir, Some(gpu), lines).await {
            Ok(text) => json!({ "success": true, "gpu_index": gpu, "logs": text }),
            Err(_) => {
                let error = format!("Log file not found for GPU {gpu}");
                json!({ "success": false, "error": error })
            }
        };
        return Ok(answer::ok(&body));
    }
    let mut logs = Map::new();
    let instances = app.rig.control.state().instances;
    let mut of: Vec<Option<u32>> = instances.iter().map(|instance| instance.gpu).collect();
    // Those too whose miner was not started since the dashboard was.
    let numbered = (0..app.rig.hardware.numbered().await.unwrap_or_default()).map(Some);
    of.extend(numbered.filter(|gpu| !instances.iter().any(|one| one.gpu == *gpu)));
    for gpu in of {
        let text = read_log(log_dir, gpu, lines).await;
        let key = gpu.map_or_else(|| "miner".to_owned(), |gpu| gpu.to_string());
        logs.insert(key, text.unwrap_or_else(|_| "No logs available".to_owned()).into());
    }
    let all: Vec<&str> =
        logs.values().filter_map(Value::as_str).map(|text| text.trim_end_matches('\n')).collect();
    let text = all.join("\n");
    Ok(answer::ok(&json!({ "success": true, "logs": logs, "text": text })))
}
