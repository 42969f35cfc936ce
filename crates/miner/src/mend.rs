//! What is mended in a reply before it is read as JSON. Nothing is guessed: a
//! number that is none becomes `null`, and what cannot be shown a space.

use std::borrow::Cow;

use crate::request::Unreadable;

/// The text of a reply. Bytes that are no UTF-8 are replaced: one odd character
/// in a worker's name must not hide the whole rig.
pub(crate) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    match bytes {
        [0x1f, 0x8b, ..] => {
            Err(Unreadable::Garbled("The reply is compressed, which was not asked for".into()))
        }
        [0xff, 0xfe, rest @ ..] => Ok(utf16(rest, u16::from_le_bytes).into()),
        [0xfe, 0xff, rest @ ..] => Ok(utf16(rest, u16::from_be_bytes).into()),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => Ok(String::from_utf8_lossy(rest)),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The JSON that was meant where C's `printf` wrote `-nan(ind)`, `inf` or
/// `1.#QNAN`, where a number is too large for any type, or where a name holds a
/// raw line feed.
pub(crate) fn json(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let part = match c {
            '"' => rest.get(..string_length(rest)),
            c if is_of_word(c) => rest.get(..rest.find(|c| !is_of_word(c)).unwrap_or(rest.len())),
            c => rest.get(..c.len_utf8()),
        };
        let part = part.unwrap_or(rest);
        match c {
            '"' => mended.extend(part.chars().map(|c| if c.is_control() { ' ' } else { c })),
            _ if is_no_number(part) => mended.push_str("null"),
            _ => mended.push_str(part),
        }
        rest = rest.get(part.len()..).unwrap_or_default();
    }
    mended
}

/// With both quotation marks; to the end of the text if the second is missing.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

const fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '#' | '(' | ')')
}

fn is_no_number(word: &str) -> bool {
    let bare = word.split('(').next().unwrap_or_default();
    let is_microsofts = word.contains(".#");
    is_microsofts || bare.parse::<f64>().is_ok_and(|number| !number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none() {
        let check = |text: &str, expected: &str| assert_eq!(json(text), expected);
        check(
            r#"{"a":-nan(ind),"b":[nan,-inf,Infinity, NaN ,1.#QNAN,-1.#IND]}"#,
            r#"{"a":null,"b":[null,null,null, null ,null,null]}"#,
        );
        check(r#"{"a":1e999,"b":-12.5e3,"c":true}"#, r#"{"a":null,"b":-12.5e3,"c":true}"#);
        check(r#"{"a":"nan","b\"nan":"-nan(ind)"}"#, r#"{"a":"nan","b\"nan":"-nan(ind)"}"#);
        check("{\"a\":\"rig\n01\t\"}", "{\"a\":\"rig 01 \"}");
        check("nan", "null");
        check("\"cut\\", "\"cut\\");
        check("", "");
        check("Ä\"ö\"", "Ä\"ö\"");
    }

    #[test]
    fn what_is_not_utf_8() {
        let check = |bytes: &[u8], expected: &str| {
            assert_eq!(text(bytes).as_deref(), Ok(expected), "{bytes:?}");
        };
        check(b"\xef\xbb\xbf{}", "{}");
        check(b"\xff\xfe{\0}\0", "{}");
        check(b"\xfe\xff\0{\0}\0", "{}");
        check(b"\xff\xfe\0\xd8", "\u{fffd}");
        check(b"M\xfcller", "M\u{fffd}ller");
        check(b"", "");
        assert!(text(&[0x1f, 0x8b, 8]).is_err());
    }
}
