//! Text from programs we do not control: names, versions, error messages.

/// What is kept of a text from outside: at most `max_chars` characters, none
/// of which can move a cursor, break a line or turn the direction of reading.
/// Such a text may still hold markup; whoever shows it must not interpret it.
pub fn clean(text: &str, max_chars: usize) -> String {
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).take(max_chars).collect();
    visible.trim().to_owned()
}

fn is_invisible(c: char) -> bool {
    // The directional marks let "exe.txt" be shown for "txt.exe".
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_seen_is_kept() {
        let check = |text: &str, expected: &str| assert_eq!(clean(text, 10), expected, "{text:?}");
        check("  22.47 GB ", "22.47 GB");
        check("a\r\nb\tc\0d\u{1b}[31m", "abcd[31m");
        check("\u{202e}gpj.exe\u{2066}", "gpj.exe");
        check("0123456789abc", "0123456789");
        check("ÄÖÜäöüßéèêë", "ÄÖÜäöüßéèê");
        check("\u{0}\u{7f}", "");
    }
}
