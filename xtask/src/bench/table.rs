//! The table of limits: what was measured, what must hold, what is aimed at.

use serde_json::{Value, json};

pub(super) struct Row {
    pub name: &'static str,
    pub unit: &'static str,
    pub measured: f64,
    pub must: f64,
    pub aim: f64,
    pub better: Better,
    /// What else was seen.
    pub beside: String,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Better {
    Lower,
    Higher,
}

impl Row {
    pub(super) fn is_missed(&self) -> bool {
        !self.reaches(self.must)
    }

    fn verdict(&self) -> &'static str {
        if self.is_missed() {
            "MISSED"
        } else if self.reaches(self.aim) {
            "aim"
        } else {
            "must"
        }
    }

    /// False if nothing was measured: no number reaches anything.
    fn reaches(&self, limit: f64) -> bool {
        match self.better {
            Better::Lower => self.measured <= limit,
            Better::Higher => self.measured >= limit,
        }
    }
}

pub(super) fn print(rows: &[Row]) -> String {
    let mut text = format!("{:<44} {:>12} {:>10} {:>10}  verdict\n", "", "measured", "must", "aim");
    for row in rows {
        let with_unit = |number: f64| format!("{} {}", short(number), row.unit);
        let line = format!(
            "{:<44} {:>12} {:>10} {:>10}  {:<7} {}",
            row.name,
            with_unit(row.measured),
            with_unit(row.must),
            with_unit(row.aim),
            row.verdict(),
            row.beside
        );
        text += line.trim_end();
        text.push('\n');
    }
    text
}

pub(super) fn json(rows: &[Row], is_short: bool) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "measured": row.measured,
                "unit": row.unit,
                "must": row.must,
                "aim": row.aim,
                "verdict": row.verdict(),
                "beside": row.beside,
            })
        })
        .collect();
    let at_s = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    json!({"at_s": at_s, "short": is_short, "processor": processor(), "rows": rows})
}

/// Three digits that matter.
fn short(number: f64) -> String {
    let decimals = match number.abs() {
        n if n >= 100.0 || n.fract() == 0.0 => 0,
        n if n >= 10.0 => 1,
        n if n >= 1.0 => 2,
        _ => 3,
    };
    format!("{number:.decimals$}")
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{model}, {cores} cores")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(measured: f64, better: Better) -> Row {
        let (must, aim) = if better == Better::Lower { (20.0, 5.0) } else { (0.7, 0.9) };
        let beside = "best 1 ms".to_owned();
        Row { name: "start", unit: "ms", measured, must, aim, better, beside }
    }

    #[test]
    fn verdicts() {
        let check = |measured, better, verdict| {
            assert_eq!(row(measured, better).verdict(), verdict, "{measured}");
        };
        check(4.9, Better::Lower, "aim");
        check(5.0, Better::Lower, "aim");
        check(5.1, Better::Lower, "must");
        check(20.1, Better::Lower, "MISSED");
        check(0.95, Better::Higher, "aim");
        check(0.8, Better::Higher, "must");
        check(0.69, Better::Higher, "MISSED");
        check(f64::NAN, Better::Lower, "MISSED");
        check(f64::NAN, Better::Higher, "MISSED");
    }

    #[test]
    fn a_line_of_the_table() {
        let text = print(&[row(4.123, Better::Lower)]);
        let words: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(words, ["start", "4.12", "ms", "20", "ms", "5", "ms", "aim", "best", "1", "ms"]);
        assert_eq!(json(&[row(30.0, Better::Lower)], true)["rows"][0]["verdict"], "MISSED");
    }
}
