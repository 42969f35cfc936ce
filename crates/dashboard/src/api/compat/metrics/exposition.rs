//! The text that Prometheus reads.

use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Summary,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Summary => "summary",
        }
    }
}

/// Names and values of labels.
pub type Labels<'a> = &'a [(&'a str, &'a str)];

#[derive(Default)]
pub struct Exposition {
    text: String,
    family: &'static str,
    head: String,
}

impl Exposition {
    /// Begins a family of values. It is told only if there is a value in it:
    /// what is not known is absent, never 0.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> &mut Self {
        self.family = name;
        self.head = format!("# HELP {name} {help}\n# TYPE {name} {}\n", kind.name());
        self
    }

    pub fn value(&mut self, labels: Labels<'_>, value: f64) -> &mut Self {
        self.sample("", labels, value)
    }

    pub fn known(&mut self, labels: Labels<'_>, value: Option<f64>) -> &mut Self {
        match value {
            Some(value) => self.value(labels, value),
            None => self,
        }
    }

    /// A value whose name has an ending, as those of a summary have.
    pub fn sample(&mut self, ending: &str, labels: Labels<'_>, value: f64) -> &mut Self {
        self.text += &std::mem::take(&mut self.head);
        self.text += self.family;
        self.text += ending;
        let mut before = '{';
        for (name, value) in labels {
            self.text.push(before);
            self.text += name;
            self.text += "=\"";
            escape(value, &mut self.text);
            self.text.push('"');
            before = ',';
        }
        if before == ',' {
            self.text.push('}');
        }
        // Writing to a String does not fail.
        let _ = writeln!(self.text, " {value}");
        self
    }

    pub fn finish(self) -> String {
        self.text
    }
}

fn escape(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_with_values_and_none_without() {
        let mut text = Exposition::default();
        text.family("a_total", Kind::Counter, "So many.").value(&[], 3.0);
        text.family("b", Kind::Gauge, "Not known.").known(&[], None);
        text.family("c", Kind::Gauge, "Names.").value(&[("x", "a\"\\\n"), ("y", "")], 0.5);
        assert_eq!(
            text.finish(),
            "# HELP a_total So many.\n# TYPE a_total counter\na_total 3\n\
             # HELP c Names.\n# TYPE c gauge\nc{x=\"a\\\"\\\\\\n\",y=\"\"} 0.5\n"
        );
    }
}
