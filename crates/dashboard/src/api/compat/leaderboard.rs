//! GET `/api/leaderboard`: this rig, which is first among one. There is no
//! service that knows others, and none are invented (deviation R4).

use axum::extract::State;
use axum::response::Response;
use quaiminer_domain::fact::Fact;
use quaiminer_engine::clock::now_ms;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{Schema, boolean, integer, list, number, object};
use super::chains::{both, exact};
use super::{HASHES_PER_MH, availability};
use crate::access::Access;
use crate::app::SharedApp;

const SECONDS_PER_HOUR: f64 = 3600.0;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/leaderboard", Access::VIEW, get).doc(|| {
        Doc::new("This rig's own figures, in the shape of a ranking").gives(
            object([
                ("blocks", entries("blocks", integer())),
                ("uptime", entries("uptime", number().about("Hours"))),
                ("efficiency", entries("efficiency", number().about("MH/s per watt"))),
                ("hashRate", entries("hashRate", number().about("MH/s"))),
            ])
            .with_availability(),
        )
    })]
}

fn entries(name: &'static str, value: Schema) -> Schema {
    list(object([("rank", integer()), ("isYou", boolean()), (name, value)])).at_most(1)
}

async fn get(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let blocks = app.store.blocks().stats(now_ms()).await?.total;
    let snapshot = app.rig.snapshot();
    let hashrate = snapshot.hashrate_hs().map(|hs| hs / HASHES_PER_MH);
    let efficiency = both(hashrate.clone(), snapshot.power_w(), |hashrate, watts| hashrate / watts);
    let uptime = snapshot
        .miner_readings()
        .filter_map(|miner| miner.uptime_s.get())
        .max()
        .map(|seconds| seconds as f64 / SECONDS_PER_HOUR);
    let uptime = Fact::from_option(uptime, "No miner tells how long it has been running");
    let mut body = Map::from_iter([
        ("blocks".to_owned(), ranking("blocks", Some(blocks.into()))),
        ("uptime".to_owned(), ranking("uptime", uptime.get().map(exact))),
        ("efficiency".to_owned(), ranking("efficiency", efficiency.get().map(exact))),
        ("hashRate".to_owned(), ranking("hashRate", hashrate.get().map(exact))),
    ]);
    let missing = [&hashrate, &efficiency, &uptime].into_iter().find_map(|fact| fact.reason());
    availability(&mut body, missing.map(AsRef::as_ref));
    Ok(answer::ok(&body.into()))
}

fn ranking(name: &str, value: Option<Value>) -> Value {
    value.map(|value| json!({ "rank": 1, "isYou": true, name: value })).into_iter().collect()
}
