//! `/api/export/…`: what was measured and found, as files (deviation R21).
//! They are written while they are sent and never are on the disk.

mod pdf;
mod report;
mod rows;
pub mod text;

use axum::extract::State;
use axum::response::Response;
use hyper::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::{Method, StatusCode};
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{Block, StatsQuery};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::super::describe::{Content, Doc};
use super::super::error::ApiError;
use super::super::query::Query;
use super::super::routes::Route;
use super::super::schema::{Schema, cell, count, either, flag, list, map, one_of, text, time_ms};
use super::super::stream::{self, File, Sender};
use crate::access::Access;
use crate::app::{App, SharedApp};
use report::Report;
use rows::{Format, Kind, Rows};

const DEFAULT_HOURS: u32 = 24;
/// A year.
const MAX_HOURS: u32 = 8784;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The year 9999.
const MAX_TIME_MS: i64 = 253_402_300_799_999;
/// NODE-COMPAT: as many as Node's report lists.
const RECENT_BLOCKS: u32 = 20;
/// A rig's processor is for mining.
const AT_ONCE: usize = 2;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/export/csv", Access::VIEW, |app, query, method, headers| {
            rows(app, query, method, headers, Format::Csv)
        })
        .doc(|| {
            rows_doc("Blocks, the rig's history or every sample, as CSV").answer(
                200,
                "The file",
                Content::Other("text/csv"),
            )
        }),
        Route::get("/api/export/json", Access::VIEW, |app, query, method, headers| {
            rows(app, query, method, headers, Format::Json)
        })
        .doc(|| {
            rows_doc("Blocks, the rig's history or every sample, as JSON").gives(list(map(cell())))
        }),
        Route::get("/api/export/pdf", Access::VIEW, pdf_report).doc(|| {
            Doc::new("A report to print")
                .query("startDate", date_schema().about("A day before the end"))
                .query("endDate", date_schema().about("Now; a date without time is a whole day"))
                .query("includeStats", flag().about("true"))
                .query("includeCharts", flag().about("true"))
                .answer(200, "The file", Content::Other("application/pdf"))
        }),
    ]
}

fn rows_doc(summary: &'static str) -> Doc {
    Doc::new(summary)
        .query("type", one_of(Kind::NAMES).about("blocks"))
        .query("hours", count().about("Back from now, for stats and samples; 24"))
}

fn date_schema() -> Schema {
    let date = "(19[7-9]|20[0-9])[0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])";
    let time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]";
    either([
        time_ms().between(0.0, MAX_TIME_MS as f64),
        text().like(&format!("^({date}(T{time}Z)?)?$")),
    ])
}

async fn rows(
    State(app): State<SharedApp>,
    query: Query,
    method: Method,
    headers: HeaderMap,
    format: Format,
) -> Result<Response, ApiError> {
    let name = query.get("type").unwrap_or(Kind::Blocks.name());
    let kind = Kind::parse(name).ok_or_else(|| {
        let message = format!("type must be one of {}", Kind::NAMES.join(", "));
        ApiError::bad_value("type", message)
    })?;
    let hours = query.number("hours", DEFAULT_HOURS, MAX_HOURS)?;
    let now_ms = now_ms();
    let (extension, media_type) = match format {
        // NODE-COMPAT: the case of the letters, too.
        Format::Csv => ("csv", "text/csv; charset=UTF-8"),
        Format::Json => ("json", "application/json; charset=UTF-8"),
    };
    let file = File { name: format!("quaiminer-{name}-{now_ms}.{extension}"), media_type };
    let turn = turn()?;
    stream::download(file, (&method, &headers), move |sender| async move {
        let _turn = turn;
        write(&app, sender, format, kind, hours, now_ms).await
    })
    .await
}

/// Page after page, as long as somebody reads.
async fn write(
    app: &App,
    sender: Sender,
    format: Format,
    kind: Kind,
    hours: u32,
    now_ms: i64,
) -> Result<(), ApiError> {
    let exports = app.store.exports();
    let mut rows = Rows::begin(format, kind);
    match kind {
        Kind::Blocks => {
            let mut place = None;
            loop {
                (rows, place) = exports.blocks(place, rows, Rows::block).await?;
                if place.is_none() || !sender.send(rows.text.take()).await {
                    break;
                }
            }
        }
        Kind::Stats => {
            let query = StatsQuery { now_ms, hours, gpu_id: None, limit: u32::MAX };
            let mut place = None;
            loop {
                (rows, place) = exports.stats(query, place, rows, Rows::stat).await?;
                if place.is_none() || !sender.send(rows.text.take()).await {
                    break;
                }
            }
        }
        Kind::Samples => {
            let period = (now_ms - i64::from(hours) * HOUR_MS, now_ms);
            let mut place = None;
            loop {
                (rows, place) = exports.samples(period, place, rows, Rows::sample).await?;
                if place.is_none() || !sender.send(rows.text.take()).await {
                    break;
                }
            }
        }
    }
    sender.send(rows.end()).await;
    Ok(())
}

async fn pdf_report(
    State(app): State<SharedApp>,
    query: Query,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let wanted = |name| flag_value(&query, name);
    let (with_stats, charts) = (wanted("includeStats")?, wanted("includeCharts")?);
    let now_ms = now_ms();
    let (from, to) = (date(&query, "startDate", false)?, date(&query, "endDate", true)?);
    let of_period = from.is_some() || to.is_some();
    let to_ms = to.unwrap_or(now_ms);
    let from_ms = from.unwrap_or((to_ms - DAY_MS).max(0));
    // Whichever is first is the start.
    let (from_ms, to_ms) = (from_ms.min(to_ms), to_ms.max(from_ms + 1));
    let file =
        File { name: format!("quaiminer-report-{now_ms}.pdf"), media_type: "application/pdf" };
    let turn = turn()?;
    stream::download(file, (&method, &headers), move |sender| async move {
        let _turn = turn;
        let span = report::span(from_ms, to_ms)
            .ok_or_else(|| ApiError::bad_value("startDate", "The period cannot be shown"))?;
        let history = app.store.history(span).await?;
        let stats = match with_stats {
            true => Some(app.store.blocks().stats(now_ms).await?),
            false => None,
        };
        let (blocks, blocks_total) = blocks(&app, of_period.then_some((from_ms, to_ms))).await?;
        let report = Report {
            rig: app.rig_name.clone(),
            demo: app.config.demo,
            now_ms,
            from_ms,
            to_ms,
            stats,
            charts,
            history,
            blocks,
            blocks_total,
            of_period,
        };
        // Drawing takes a few milliseconds.
        let drawn = tokio::task::spawn_blocking(move || report::render(&report)).await;
        let pdf = drawn.map_err(|error| {
            ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Export failed", error.to_string())
        })?;
        sender.send(pdf).await;
        Ok(())
    })
    .await
}

/// The blocks of a period, or the newest, and how many there are.
async fn blocks(app: &App, period: Option<(i64, i64)>) -> Result<(Vec<Block>, u64), ApiError> {
    let Some((from_ms, to_ms)) = period else {
        let list = app.store.blocks().list(Some(RECENT_BLOCKS)).await?;
        let count = list.blocks.len() as u64;
        return Ok((list.blocks, count));
    };
    let (mut found, mut place) = ((Vec::new(), 0), None);
    loop {
        let take = move |(blocks, count): &mut (Vec<Block>, u64), block: &Block| {
            let at = block.timestamp.number();
            if at.is_some_and(|at| (from_ms..to_ms).contains(&(at as i64))) {
                *count += 1;
                if blocks.len() < report::MAX_BLOCKS {
                    blocks.push(block.clone());
                }
            }
        };
        (found, place) = app.store.exports().blocks(place, found, take).await?;
        if place.is_none() {
            return Ok(found);
        }
    }
}

fn turn() -> Result<SemaphorePermit<'static>, ApiError> {
    TURNS.try_acquire().map_err(|_| {
        let message = format!("{AT_ONCE} exports are being made already; try again in a minute");
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Export busy", message)
            .with_header(RETRY_AFTER, HeaderValue::from_static("60"))
    })
}

fn flag_value(query: &Query, name: &'static str) -> Result<bool, ApiError> {
    match query.get(name) {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(ApiError::bad_value(name, format!("{name} must be true or false"))),
    }
}

/// A date, a date with time, or milliseconds since 1970. A date alone means
/// its beginning, or as an end the beginning of the next one.
fn date(query: &Query, name: &'static str, is_end: bool) -> Result<Option<i64>, ApiError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let day = || -> Option<i64> {
        let date: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
        Some(midnight + if is_end { DAY_MS } else { 0 })
    };
    let time = || text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond());
    let ms = || text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let at: Option<i64> = day().or_else(time).or_else(ms);
    match at.filter(|at| (0..=MAX_TIME_MS).contains(at)) {
        Some(at) => Ok(Some(at)),
        None => Err(ApiError::bad_value(
            name,
            format!("{name} must be a date such as 2026-11-23 or 2026-11-23T09:05:00Z"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let read = |text: &str, is_end| {
            let query = Query::parse(&format!("startDate={text}"));
            date(&query, "startDate", is_end).map_err(|error| error.field)
        };
        assert_eq!(read("", false), Ok(None));
        assert_eq!(read("2026-11-23", false), Ok(Some(1_795_392_000_000)));
        assert_eq!(read("2026-11-23", true), Ok(Some(1_795_478_400_000)));
        assert_eq!(read("2026-11-23T01:00:00Z", true), Ok(Some(1_795_395_600_000)));
        assert_eq!(read("1795395600000", true), Ok(Some(1_795_395_600_000)));
        for wrong in ["yesterday", "2026-13-01", "1969-12-31", "-5", "2026-11-23T25:00:00Z", "9e9"]
        {
            assert_eq!(read(wrong, false), Err(Some("startDate".into())), "{wrong}");
        }
    }
}
