//! GET `/api/v1/history`: the columns of a chart.

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::history::{History, MAX_BUCKETS, SAMPLE_PERIOD_MS, Span};
use quaiminer_engine::clock::now_ms;
use serde_json::json;

use crate::access::Access;
use crate::api::answer;
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::query::{MAX_TIME_MS, Query};
use crate::api::routes::Route;
use crate::api::schema::{Schema, count, integer, list, number, object, time_ms};
use crate::app::SharedApp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Its samples are few enough to be read one by one.
const SHORT_MS: i64 = 15 * MINUTE_MS;
const DEFAULT_RANGE_MS: i64 = 24 * HOUR_MS;
const DEFAULT_POINTS: u32 = 300;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/history", Access::VIEW, get).doc(doc)]
}

fn doc() -> Doc {
    let column = |of: Schema| list(of.or_null());
    let hashrate =
        object([("min", column(number())), ("avg", column(number())), ("max", column(number()))]);
    let totals = object([
        ("accepted", integer().or_null()),
        ("rejected", integer().or_null()),
        ("hashrate_avg_hs", number().or_null()),
        ("coverage", number().about("How much of the time was watched, 0 to 1")),
    ]);
    let a_time = || time_ms().between(0.0, MAX_TIME_MS as f64);
    Doc::new("The columns of a chart")
        .query("from", a_time().about("Milliseconds since 1970; a day before `to`"))
        .query("to", a_time().about("Milliseconds since 1970, after `from`; now"))
        .query("points", count().about("300; at most 2000"))
        .gives(object([
            ("from_ms", integer()),
            ("to_ms", integer()),
            ("step_ms", integer()),
            ("at_ms", list(integer())),
            ("hashrate_hs", hashrate),
            ("power_w", column(number())),
            ("temp_c", column(number())),
            ("accepted", column(integer())),
            ("rejected", column(integer())),
            ("totals", totals),
        ]))
        .refuses(409, "`from` is not before `to`")
}

async fn get(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let history = app.store.history(span(&query, now_ms())?).await?;
    Ok(answer::rendered(render(&history).into()))
}

fn span(query: &Query, now_ms: i64) -> Result<Span, ApiError> {
    let to_ms = query.time_ms("to")?.unwrap_or(now_ms);
    let from_ms = query.time_ms("from")?.unwrap_or((to_ms - DEFAULT_RANGE_MS).max(0));
    let most = u32::try_from(MAX_BUCKETS).unwrap_or(u32::MAX);
    let points = i64::from(query.number("points", DEFAULT_POINTS, most)?);
    if from_ms >= to_ms {
        // Each of them is a value as described; together they are not.
        let status = StatusCode::CONFLICT;
        return Err(ApiError { status, ..ApiError::bad_value("from", "from must be before to") });
    }
    // Whole samples to a bucket, beyond an hour and for an hour of long ago
    // whole minutes, which are kept folded. No more buckets than asked for: the
    // one at each end may be cut.
    let range_ms = to_ms.saturating_sub(from_ms);
    let of_late = range_ms <= HOUR_MS && from_ms > now_ms.saturating_sub(2 * HOUR_MS);
    let is_fine = of_late || range_ms <= SHORT_MS;
    let unit_ms = if is_fine { SAMPLE_PERIOD_MS } else { MINUTE_MS };
    let least_ms = range_ms.div_euclid((points - 1).max(1)).max(1);
    let step_ms = least_ms.saturating_add(unit_ms - 1) / unit_ms * unit_ms;
    Span::new(from_ms, to_ms, step_ms)
        .ok_or_else(|| ApiError::bad_value("from", "The range from from to to cannot be shown"))
}

/// Written at once: columns of thousands as trees of values take longer than
/// to be read.
fn render(history: &History) -> String {
    let starts: Vec<i64> = (0..)
        .map_while(|n| Some(history.from_ms + n * history.step_ms))
        .take(history.coverage.len())
        .collect();
    // Nothing known is not the same as nothing found.
    let total = |column: &[Option<u64>]| column.iter().flatten().copied().reduce(|a, b| a + b);
    let known: Vec<f64> = history.hashrate_avg_hs.iter().flatten().copied().collect();
    let average = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
    let covered = history.coverage.iter().sum::<f64>() / (history.coverage.len().max(1) as f64);
    let totals = json!({
        "accepted": total(&history.accepted),
        "rejected": total(&history.rejected),
        "hashrate_avg_hs": average,
        "coverage": covered,
    });
    format!(
        "{{\"from_ms\":{},\"to_ms\":{},\"step_ms\":{},\"at_ms\":{},\
         \"hashrate_hs\":{{\"min\":{},\"avg\":{},\"max\":{}}},\"power_w\":{},\
         \"temp_c\":{},\"accepted\":{},\"rejected\":{},\"totals\":{totals}}}",
        history.from_ms,
        history.to_ms,
        history.step_ms,
        numbers(serde_json::to_string(&starts)),
        numbers(serde_json::to_string(&history.hashrate_min_hs)),
        numbers(serde_json::to_string(&history.hashrate_avg_hs)),
        numbers(serde_json::to_string(&history.hashrate_max_hs)),
        numbers(serde_json::to_string(&history.power_avg_w)),
        numbers(serde_json::to_string(&history.temp_max_c)),
        numbers(serde_json::to_string(&history.accepted)),
        numbers(serde_json::to_string(&history.rejected)),
    )
}

/// Numbers can always be written.
fn numbers(text: serde_json::Result<String>) -> String {
    text.unwrap_or_else(|_| "[]".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(query: &str) -> Result<(i64, i64), String> {
        span(&Query::parse(query), 86_400_000 * 30)
            .map(|span| (span.step_ms(), span.buckets()))
            .map_err(|error| error.message.into_owned())
    }

    #[test]
    fn no_more_points_than_asked_for() {
        assert_eq!(steps(""), Ok((300_000, 288)));
        assert_eq!(steps("from=0&to=7200000"), Ok((60_000, 120)));
        assert_eq!(steps("from=0&to=300000&points=100"), Ok((5_000, 60)));
        let now_ms = 86_400_000_i64 * 30;
        let hour = |from_ms: i64| steps(&format!("from={from_ms}&to={}", from_ms + HOUR_MS));
        assert_eq!(hour(now_ms - HOUR_MS), Ok((15_000, 240)));
        assert_eq!(hour(now_ms - 30 * HOUR_MS), Ok((60_000, 60)));
        for points in [1, 2, 10, 2000, 9999] {
            let (_, buckets) = steps(&format!("from=7&to=86400001&points={points}")).unwrap();
            assert!(buckets <= points.max(2), "{buckets} of {points}");
        }
    }

    #[test]
    fn impossible_ranges_are_refused() {
        assert!(steps("from=5&to=5").is_err());
        assert!(steps("from=-5").is_err());
        assert!(steps("from=x").is_err());
        assert!(steps("points=-1").is_err());
        assert!(steps("to=0").is_err());
    }
}
