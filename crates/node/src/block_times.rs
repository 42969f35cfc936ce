//! How regularly blocks come: the times in the headers of the last ten.

use quaiminer_domain::node::BlockTimes;
use quaiminer_domain::{Fact, Reason};
use serde_json::{Value, json};

use crate::quantity::count;
use crate::rpc::{self, Answer};

/// As often as the Node server looks.
pub const PERIOD_MS: u64 = 60_000;
/// As many as the Node server looks at.
const BLOCKS: usize = 10;
const METHOD: &str = "quai_getHeaderByNumber";

/// The request for the headers up to this height, oldest first.
pub fn request(height: u64) -> String {
    let numbers = (0..BLOCKS as u64).rev().map(|back| height.saturating_sub(back));
    let params: Vec<[Value; 1]> = numbers.map(|number| [json!(format!("{number:#x}"))]).collect();
    rpc::request(params.iter().map(|params| (METHOD, params.as_slice())))
}

/// Reads the answer to [`request`]: mean and spread of the intervals between
/// the blocks. One that is missing makes all of it unknown.
pub fn read(answer: Answer<'_>) -> Fact<BlockTimes> {
    match intervals(answer) {
        Ok(intervals) => Fact::Known(spread(&intervals)),
        Err(reason) => Fact::Unknown(reason),
    }
}

fn intervals(answer: Answer<'_>) -> Result<Vec<f64>, Reason> {
    let results = rpc::read(answer, BLOCKS).map_err(|error| error.to_string())?;
    let mut times = Vec::with_capacity(BLOCKS);
    for result in results {
        let header = result.map_err(|error| error.to_string())?;
        let time = header.get("woHeader").and_then(|work| work.get("timestamp"));
        match count(time) {
            Fact::Known(seconds) => times.push(seconds as f64),
            Fact::Unknown(reason) => return Err(reason),
        }
    }
    Ok(times.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?)).collect())
}

fn spread(intervals: &[f64]) -> BlockTimes {
    let count = intervals.len().max(1) as f64;
    let mean_s = intervals.iter().sum::<f64>() / count;
    let squares = intervals.iter().map(|interval| (interval - mean_s).powi(2));
    let variance_s2 = squares.sum::<f64>() / count;
    BlockTimes { mean_s, variance_s2, usual_deviation_s: variance_s2.sqrt() }
}
