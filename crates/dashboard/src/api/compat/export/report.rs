//! What the report says and where on the page.

use quaiminer_domain::history::{History, MAX_BUCKETS, SAMPLE_PERIOD_MS, Span};
use quaiminer_store::{Block, BlockStats};

use super::super::HASHES_PER_MH;
use super::pdf::{BODY, Document, MARGIN, NOTE, RIGHT, STRONG, TITLE};
use crate::time::iso;

/// Points of a chart: a paper has no more columns to see.
const POINTS: i64 = 400;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const CHART_HEIGHT: f32 = 110.0;
const BLUE: [f32; 3] = [0.086, 0.341, 0.678];
/// The most blocks that a report lists, so that its size has a bound.
pub const MAX_BLOCKS: usize = 1_000;

pub struct Report {
    pub rig: Option<String>,
    pub demo: bool,
    pub now_ms: i64,
    pub from_ms: i64,
    pub to_ms: i64,
    /// Absent where they are not wanted.
    pub stats: Option<BlockStats>,
    pub charts: bool,
    pub history: History,
    /// The newest, up to [`MAX_BLOCKS`], and how many there are.
    pub blocks: Vec<Block>,
    pub blocks_total: u64,
    /// The blocks are those of the period, not just the newest.
    pub of_period: bool,
}

/// The points of the charts.
pub fn span(from_ms: i64, to_ms: i64) -> Option<Span> {
    let least = ((to_ms - from_ms) / POINTS.min(MAX_BUCKETS)).max(1);
    // Whole minutes are kept folded: a month of samples takes seconds to read.
    let unit_ms = if to_ms - from_ms > HOUR_MS { MINUTE_MS } else { SAMPLE_PERIOD_MS };
    let step_ms = (least + unit_ms - 1) / unit_ms * unit_ms;
    Span::new(from_ms, to_ms, step_ms)
}

pub fn render(report: &Report) -> Vec<u8> {
    let mut page = Document::new();
    let title = "Quai GPU Miner Report";
    page.take(8.0);
    page.line(TITLE, title);
    if let Some(rig) = &report.rig {
        page.line(STRONG, &format!("Rig: {rig}"));
    }
    if report.demo {
        page.line(STRONG, "Demo: everything in this report is simulated");
    }
    page.line(
        BODY,
        &format!("Period: {} to {} (UTC)", minute(report.from_ms), minute(report.to_ms)),
    );
    page.line(BODY, &format!("Generated: {} (UTC)", minute(report.now_ms)));
    if let Some(stats) = &report.stats {
        totals(&mut page, &report.history);
        block_totals(&mut page, stats);
    }
    if report.charts {
        charts(&mut page, report);
    }
    blocks(&mut page, report);
    page.finish(title)
}

fn totals(page: &mut Document, history: &History) {
    page.heading("Mining");
    let hours = |bucket: f64| bucket * history.step_ms as f64 / 3_600_000.0;
    let watched: f64 = history.coverage.iter().copied().map(hours).sum();
    let mean = |column: &[Option<f64>]| weighted_mean(column, &history.coverage);
    let most = |column: &[Option<f64>]| column.iter().flatten().copied().reduce(f64::max);
    let least = |column: &[Option<f64>]| column.iter().flatten().copied().reduce(f64::min);
    let sum = |column: &[Option<u64>]| column.iter().flatten().copied().reduce(|a, b| a + b);
    let energy_kwh = history
        .power_avg_w
        .iter()
        .zip(&history.coverage)
        .filter_map(|(power, coverage)| Some((*power)? * hours(*coverage) / 1000.0))
        .reduce(|a, b| a + b);
    let mhs = |hs: Option<f64>| hs.map(|hs| format!("{:.3} MH/s", hs / HASHES_PER_MH));
    for (label, value) in [
        ("Time measured", Some(format!("{watched:.1} h"))),
        ("Average hashrate", mhs(mean(&history.hashrate_avg_hs))),
        ("Lowest hashrate", mhs(least(&history.hashrate_min_hs))),
        ("Highest hashrate", mhs(most(&history.hashrate_max_hs))),
        ("Accepted shares", sum(&history.accepted).map(|shares| shares.to_string())),
        ("Rejected shares", sum(&history.rejected).map(|shares| shares.to_string())),
        ("Average power", mean(&history.power_avg_w).map(|watts| format!("{watts:.1} W"))),
        ("Energy used", energy_kwh.map(|kwh| format!("{kwh:.2} kWh"))),
        ("Highest temperature", most(&history.temp_max_c).map(|c| format!("{c:.1} °C"))),
    ] {
        entry(page, label, value.as_deref().unwrap_or("not known"));
    }
}

fn weighted_mean(column: &[Option<f64>], weights: &[f64]) -> Option<f64> {
    let known = column.iter().zip(weights).filter_map(|(value, weight)| Some(((*value)?, *weight)));
    let (sum, weight) =
        known.fold((0.0, 0.0), |(sum, all), (value, weight)| (sum + value * weight, all + weight));
    (weight > 0.0).then(|| sum / weight)
}

fn block_totals(page: &mut Document, stats: &BlockStats) {
    page.heading("Block Statistics");
    entry(page, "Total Blocks", &stats.total.to_string());
    entry(page, "Last 24 Hours", &stats.last_24h.to_string());
    entry(page, "Last 7 Days", &stats.last_7d.to_string());
    entry(page, "Total Reward", &format!("{:.6} QUAI", stats.total_reward));
}

fn entry(page: &mut Document, label: &str, value: &str) {
    let (y, _) = page.take(14.0);
    page.text(MARGIN, y, BODY, label);
    page.text(MARGIN + 150.0, y, STRONG, value);
}

fn charts(page: &mut Document, report: &Report) {
    let history = &report.history;
    let mhs: Vec<Option<f64>> =
        history.hashrate_avg_hs.iter().map(|hs| hs.map(|hs| hs / HASHES_PER_MH)).collect();
    for (title, unit, column) in [
        ("Hashrate", "MH/s", &mhs),
        ("Temperature", "°C, the hottest", &history.temp_max_c),
        ("Power", "W", &history.power_avg_w),
    ] {
        chart(page, report, &format!("{title} ({unit})"), column);
    }
}

fn chart(page: &mut Document, report: &Report, title: &str, column: &[Option<f64>]) {
    let (bottom, _) = page.take(CHART_HEIGHT + 56.0);
    let (low, high) = (bottom + 16.0, bottom + 16.0 + CHART_HEIGHT);
    page.text(MARGIN, high + 12.0, STRONG, title);
    let most = column.iter().flatten().copied().fold(0.0, f64::max);
    if !column.iter().any(Option::is_some) {
        page.text(MARGIN, high - 14.0, BODY, "Nothing was measured in this period");
        return;
    }
    let top = round_up(most);
    let left = MARGIN + 44.0;
    for part in [0.0, 0.5, 1.0] {
        let y = low + (high - low) * part;
        page.polyline(&[(left, y), (RIGHT, y)], [0.85; 3], 0.5);
        let value = top * f64::from(part);
        page.number(left - 6.0, y - 3.0, NOTE, &format!("{}", (value * 1e6).round() / 1e6));
    }
    page.text(left, bottom + 4.0, NOTE, &minute(report.from_ms));
    page.number(RIGHT, bottom + 4.0, NOTE, &minute(report.to_ms));
    let step = (RIGHT - left) / column.len().max(1) as f32;
    let mut points = Vec::new();
    // A gap stays one.
    for (index, value) in column.iter().enumerate() {
        match value {
            Some(value) => {
                let part = (value / top).clamp(0.0, 1.0) as f32;
                points.push((left + (index as f32 + 0.5) * step, low + (high - low) * part));
            }
            None => page.polyline(&std::mem::take(&mut points), BLUE, 1.0),
        }
    }
    page.polyline(&points, BLUE, 1.0);
}

/// The next of 1, 2, 2.5, 5, 10, 20 …
fn round_up(most: f64) -> f64 {
    if !(most > 0.0 && most.is_finite()) {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= most).unwrap_or(most)
}

fn blocks(page: &mut Document, report: &Report) {
    page.heading(if report.of_period { "Blocks of the Period" } else { "Recent Validated Blocks" });
    if report.blocks.is_empty() {
        page.line(BODY, if report.of_period { "None in this period" } else { "None yet" });
        return;
    }
    head(page);
    for block in &report.blocks {
        let (y, new) = page.take(13.0);
        let y = if new {
            head(page);
            page.take(13.0).0
        } else {
            y
        };
        let text = |cell: &quaiminer_store::Cell| {
            let mut out = super::text::Text::default();
            out.field(cell);
            String::from_utf8_lossy(&out.bytes).chars().take(36).collect::<String>()
        };
        let at = match block.timestamp.number() {
            Some(ms) => minute(ms as i64),
            None => text(&block.timestamp),
        };
        page.number(MARGIN + 90.0, y, BODY, &format!("#{}", text(&block.block_number)));
        page.text(MARGIN + 110.0, y, BODY, &at);
        page.text(MARGIN + 220.0, y, BODY, &text(&block.chain));
        let reward = match block.reward.number() {
            Some(reward) => format!("{reward:.6}"),
            None => text(&block.reward),
        };
        page.number(RIGHT, y, BODY, &reward);
    }
    let left = report.blocks_total.saturating_sub(report.blocks.len() as u64);
    if left > 0 {
        page.line(NOTE, &format!("and {left} more, which the CSV export has"));
    }
}

fn head(page: &mut Document) {
    let (y, _) = page.take(14.0);
    page.number(MARGIN + 90.0, y, STRONG, "Block");
    page.text(MARGIN + 110.0, y, STRONG, "Found (UTC)");
    page.text(MARGIN + 220.0, y, STRONG, "Chain");
    page.number(RIGHT, y, STRONG, "Reward (QUAI)");
    page.rule(y - 3.5, 0.6);
    page.take(2.0);
}

/// `2026-11-23 09:05`.
fn minute(at_ms: i64) -> String {
    iso(at_ms).chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use quaiminer_store::Cell;

    use super::*;

    fn report(blocks: usize, buckets: usize) -> Report {
        let block = |number: usize| Block {
            id: number as i64,
            block_number: Cell::Integer(number as i64),
            block_hash: Cell::Null,
            timestamp: Cell::Text("yesterday".into()),
            chain: Cell::Text("Zürich 😀 (1)".into()),
            reward: Cell::Real(0.5),
            tx_hash: Cell::Null,
            created_at: Cell::Null,
        };
        Report {
            rig: Some("rig".into()),
            demo: false,
            now_ms: 1_795_424_711_489,
            from_ms: 1_795_338_311_489,
            to_ms: 1_795_424_711_489,
            stats: None,
            charts: true,
            history: History {
                step_ms: 5_000,
                hashrate_avg_hs: (0..buckets).map(|n| (n % 7 > 0).then_some(n as f64)).collect(),
                temp_max_c: vec![None; buckets],
                power_avg_w: vec![Some(0.0); buckets],
                coverage: vec![1.0; buckets],
                ..History::default()
            },
            blocks: (0..blocks).map(block).collect(),
            blocks_total: 2 * blocks as u64,
            of_period: false,
        }
    }

    #[test]
    fn long_tables_go_on_on_further_pages() {
        let count =
            |pdf: &[u8], what: &[u8]| pdf.windows(what.len()).filter(|w| *w == what).count();
        let short = render(&report(0, 0));
        assert!(short.starts_with(b"%PDF-1.3"));
        assert_eq!(count(&short, b"/Type /Page\n"), 1);
        assert_eq!(count(&short, b"(None yet)"), 1);
        let long = render(&report(200, 400));
        let pages = count(&long, b"/Type /Page\n");
        assert!((4..8).contains(&pages), "{pages}");
        // The head of the table is on every page with rows.
        assert!(count(&long, b"(Found (UTC))") >= pages - 1);
        assert_eq!(count(&long, b"(and 200 more, which the CSV export has)"), 1);
        // "Zürich ? (1)" in Latin-1.
        assert_eq!(count(&long, b"<5AFC72696368203F20283129>"), 200);
    }

    #[test]
    fn scales_end_at_round_numbers() {
        for (most, top) in [(0.0, 1.0), (1.0, 1.0), (3.1, 5.0), (72.0, 100.0), (21.0, 25.0)] {
            assert_eq!(round_up(most), top);
        }
        assert_eq!(round_up(f64::NAN), 1.0);
    }

    #[test]
    fn means_leave_out_what_was_not_watched() {
        let mean = weighted_mean(&[Some(10.0), None, Some(20.0)], &[1.0, 1.0, 0.5]);
        assert_eq!(mean, Some(20.0 / 1.5));
        assert_eq!(weighted_mean(&[None], &[0.0]), None);
    }
}
