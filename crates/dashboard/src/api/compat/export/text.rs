//! How values are written: as JavaScript does, and so that no spreadsheet
//! takes a text for a formula (deviation R21).

use std::io::Write;

use quaiminer_store::Cell;

const DAY_MS: i64 = 86_400_000;
/// JavaScript has no later time.
const MAX_TIME_MS: f64 = 8.64e15;

/// Text that is being written. Writing to memory does not fail.
#[derive(Default)]
pub struct Text {
    pub bytes: Vec<u8>,
    /// The day of the last time, and its date: of a month's rows few begin a
    /// new one.
    day: i64,
    date: String,
}

impl Text {
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Takes what was written so far.
    pub fn take(&mut self) -> Vec<u8> {
        let room = self.bytes.capacity();
        std::mem::replace(&mut self.bytes, Vec::with_capacity(room))
    }

    pub fn integer(&mut self, number: i64) {
        let _ = write!(self.bytes, "{number}");
    }

    /// Nothing for what is no number.
    pub fn real(&mut self, number: f64) {
        if number.is_finite() {
            let _ = write!(self.bytes, "{number}");
        }
    }

    /// ISO 8601 with milliseconds.
    pub fn time(&mut self, at_ms: i64) {
        let (day, ms) = (at_ms.div_euclid(DAY_MS), at_ms.rem_euclid(DAY_MS));
        if self.date.is_empty() || day != self.day {
            let midnight = crate::time::iso(day * DAY_MS);
            self.day = day;
            self.date = midnight.split_inclusive('T').next().unwrap_or_default().to_owned();
        }
        self.bytes.extend_from_slice(self.date.as_bytes());
        let pair = |number: i64| [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        let [h, m, s] = [ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60].map(pair);
        let [hundreds, rest] = [ms % 1000 / 100, ms % 100];
        self.bytes.extend_from_slice(&h);
        self.bytes.push(b':');
        self.bytes.extend_from_slice(&m);
        self.bytes.push(b':');
        self.bytes.extend_from_slice(&s);
        self.bytes.extend_from_slice(&[b'.', b'0' + hundreds as u8]);
        self.bytes.extend_from_slice(&pair(rest));
        self.bytes.push(b'Z');
    }

    /// A field of a CSV file (RFC 4180).
    pub fn field(&mut self, cell: &Cell) {
        match cell {
            Cell::Null => {}
            Cell::Integer(number) => self.integer(*number),
            Cell::Real(number) => self.real(*number),
            Cell::Text(text) => self.text_field(text),
        }
    }

    /// A field with a time, or whatever stands in its place.
    pub fn time_field(&mut self, cell: &Cell) {
        match cell.number() {
            Some(ms) if ms.abs() <= MAX_TIME_MS => self.time(ms as i64),
            _ => self.field(cell),
        }
    }

    pub fn text_field(&mut self, text: &str) {
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let guard = if is_formula { "'" } else { "" };
        if text.contains(['"', ',', '\n', '\r']) {
            self.push("\"");
            self.push(guard);
            self.push(&text.replace('"', "\"\""));
            self.push("\"");
        } else {
            self.push(guard);
            self.push(text);
        }
    }

    /// A value of a JSON file.
    pub fn json(&mut self, cell: &Cell) {
        match cell {
            Cell::Integer(number) => self.integer(*number),
            Cell::Real(number) if number.is_finite() => self.real(*number),
            Cell::Null | Cell::Real(_) => self.push("null"),
            Cell::Text(text) => {
                let _ = serde_json::to_writer(&mut self.bytes, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(text: &str) -> String {
        let mut out = Text::default();
        out.text_field(text);
        String::from_utf8(out.bytes).unwrap()
    }

    #[test]
    fn fields_are_quoted_when_needed_and_never_formulas() {
        for (text, written) in [
            ("Prime", "Prime"),
            ("", ""),
            ("Paxos, \"2\"", "\"Paxos, \"\"2\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-5", "'-5"),
            ("+a,b", "\"'+a,b\""),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("0xab", "0xab"),
        ] {
            assert_eq!(field(text), written);
        }
    }

    #[test]
    fn numbers_as_javascript_writes_them() {
        let mut out = Text::default();
        for cell in [
            Cell::Real(1e20),
            Cell::Real(0.0),
            Cell::Real(1.5),
            Cell::Integer(-3),
            Cell::Null,
            Cell::Real(f64::INFINITY),
        ] {
            out.field(&cell);
            out.push(" ");
        }
        assert_eq!(String::from_utf8(out.bytes).unwrap(), "100000000000000000000 0 1.5 -3   ");
    }

    proptest! {
        #[test]
        fn times_are_those_of_the_calendar(times in prop::collection::vec(
            prop_oneof![-62_135_596_800_000..253_402_300_799_999_i64, 0..1000_i64, -999..0_i64],
            1..5,
        )) {
            let mut out = Text::default();
            let mut expected = String::new();
            for at_ms in times {
                out.time(at_ms);
                expected += &crate::time::iso(at_ms);
            }
            prop_assert_eq!(String::from_utf8(out.bytes).unwrap(), expected);
        }

        #[test]
        fn a_reader_of_csv_finds_the_text_again(text in "[-=+@a,\"\n\r\t ]{0,12}") {
            let written = field(&text);
            let read = match written.strip_prefix('"') {
                Some(rest) => rest.strip_suffix('"').unwrap().replace("\"\"", "\""),
                None => written,
            };
            prop_assert_eq!(read.strip_prefix('\'').unwrap_or(&read), &text);
            prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
