//! What a miner prints: cleaned for people, and sorted for the dashboard.

use quaiminer_domain::text;

/// What is looked at of one line; a line of a miner has some hundred bytes.
const MAX_READ: usize = 16 * 1024;
const MAX_SHOWN: usize = 2000;
/// A shorter password is none: `x` is what pools want to see, and hiding it
/// would tear every line apart.
const MIN_SECRET: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    NewJob,
    Accepted,
    Rejected,
    PoolLost,
    GpuFault,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine {
    pub kind: LineKind,
    /// The program's own number of the card, where the line says one.
    pub gpu: Option<u32>,
}

/// A line of a program is recognised by words that it holds in this order.
#[derive(Debug)]
pub struct Sign {
    kind: LineKind,
    words: &'static [&'static str],
    /// What stands before the number of the card.
    gpu_after: Option<&'static str>,
}

impl Sign {
    pub(crate) const fn new(kind: LineKind, words: &'static [&'static str]) -> Self {
        Sign { kind, words, gpu_after: None }
    }

    #[must_use]
    pub(crate) const fn gpu(self, after: &'static str) -> Self {
        Sign { gpu_after: Some(after), ..self }
    }

    fn read(&self, line: &str) -> Option<LogLine> {
        let mut rest = line;
        for word in self.words {
            rest = rest.split_once(word)?.1;
        }
        let gpu = self.gpu_after.and_then(|after| {
            let (_, rest) = line.split_once(after)?;
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            // Four digits are no card.
            rest.get(..end).filter(|digits| digits.len() <= 3)?.parse().ok()
        });
        Some(LogLine { kind: self.kind, gpu })
    }
}

/// The first sign that fits.
pub(super) fn classify(signs: &[Sign], line: &str) -> Option<LogLine> {
    let line = visible(capped(line));
    signs.iter().find_map(|sign| sign.read(&line))
}

/// What no line of a log may show.
#[derive(Debug, Default)]
pub struct Secrets {
    /// The secret and what stands in its place, the longest first.
    replaced: Vec<(String, String)>,
}

impl Secrets {
    /// Wallets keep their ends, by which their owner knows them; passwords and
    /// tokens keep nothing.
    pub fn new(wallets: &[&str], passwords: &[&str]) -> Self {
        let hidden = passwords.iter().map(|password| ((*password).to_owned(), "…".to_owned()));
        let mut replaced: Vec<_> = wallets
            .iter()
            .map(|wallet| ((*wallet).to_owned(), shortened(wallet)))
            .chain(hidden)
            .filter(|(secret, _)| secret.chars().count() >= MIN_SECRET)
            .collect();
        replaced.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
        Secrets { replaced }
    }
}

fn shortened(wallet: &str) -> String {
    let chars: Vec<char> = wallet.chars().collect();
    match chars.as_slice() {
        [head @ .., a, b, c, d] if head.len() > 12 => {
            let head: String = head.iter().take(6).collect();
            format!("{head}…{a}{b}{c}{d}")
        }
        _ => "…".to_owned(),
    }
}

/// A line as it may be stored and shown: nothing in it moves a cursor or
/// colours a screen, and wallet and passwords are shortened.
pub fn clean(line: &str, secrets: &Secrets) -> String {
    let read = capped(line);
    let mut shown = visible(read);
    if read.len() < line.len() {
        // The cut may have gone through a secret, of which half would stay.
        let longest = secrets.replaced.first().map_or(0, |(secret, _)| secret.len());
        shown.truncate(boundary(&shown, shown.len().saturating_sub(longest)));
    }
    for (secret, instead) in &secrets.replaced {
        shown = replace(&shown, secret, instead);
    }
    text::clean(&shown, MAX_SHOWN)
}

/// Programs print a wallet's checksum letters in either case.
fn replace(line: &str, secret: &str, instead: &str) -> String {
    let (lower, secret) = (line.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    for (at, found) in lower.match_indices(&secret) {
        out.push_str(line.get(done..at).unwrap_or_default());
        out.push_str(instead);
        done = at + found.len();
    }
    out.push_str(line.get(done..).unwrap_or_default());
    out
}

fn capped(line: &str) -> &str {
    line.get(..boundary(line, MAX_READ)).unwrap_or(line)
}

/// The last place up to `at` where a text may be cut.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Without escape sequences, control characters and what cannot be seen.
fn visible(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.peek() {
                // A colour or a movement: up to its final letter.
                Some('[') => {
                    chars.next();
                    while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
                    chars.next_if(|c| matches!(c, '@'..='~'));
                }
                // A title or a link: up to its terminator.
                Some(']') => {
                    for c in chars.by_ref() {
                        if matches!(c, '\u{7}' | '\u{9c}' | '\\') {
                            break;
                        }
                    }
                }
                Some('@'..='~') => {
                    chars.next();
                }
                _ => {}
            },
            '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    text::clean(&out, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cleaned() {
        let wallet = "0x0012345678901234567890123456789012345678";
        let secrets = Secrets::new(&[wallet], &["hunter22", "x"]);
        let check = |line: &str, expected: &str| assert_eq!(clean(line, &secrets), expected);
        check("\u{1b}[1;32m**Accepted\u{1b}[0m  34 ms.\r\n", "**Accepted  34 ms.");
        check("\u{1b}]0;title\u{7}a\tb\u{1b}Mc\u{8}", "a bc");
        check(&format!("user {wallet}.rig01"), "user 0x0012…5678.rig01");
        check(&format!("user {}", wallet.to_uppercase()), "user 0x0012…5678");
        check("pass hun\u{1b}[31mter22 x", "pass … x");
        check("hunter\u{200b}22", "…");
        check("plain \u{1b}", "plain");
        check("", "");
        // A secret at the cut, and a very long line.
        let long = format!("{}hunter22", "a".repeat(MAX_READ - 4));
        assert!(!clean(&long, &secrets).contains("hunt"));
        let coloured = format!("{}{wallet}", "\u{1b}[0m".repeat(MAX_READ / 4 - 3));
        assert_eq!(clean(&coloured, &secrets), "");
        assert_eq!(clean(&"b".repeat(1 << 20), &secrets).len(), MAX_SHOWN);
    }

    #[test]
    fn signs_are_words_in_their_order() {
        let signs = &[
            Sign::new(LineKind::Rejected, &["share", "rejected"]).gpu("GPU"),
            Sign::new(LineKind::Accepted, &["accepted"]).gpu("GPU #"),
        ];
        let check = |line: &str, expected: Option<(LineKind, Option<u32>)>| {
            let found = classify(signs, line).map(|line| (line.kind, line.gpu));
            assert_eq!(found, expected, "{line}");
        };
        check("GPU3: share #4 rejected", Some((LineKind::Rejected, Some(3))));
        check("rejected share", None);
        check("acc\u{1b}[0mepted GPU #12 7", Some((LineKind::Accepted, Some(12))));
        check("accepted GPU #123456", Some((LineKind::Accepted, None)));
        check("accepted GPU #", Some((LineKind::Accepted, None)));
    }
}
