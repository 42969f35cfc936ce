//! Contents that no program should send, and that some day one does.

use serde_json::{Value, json};

/// A text that breaks out of HTML, of JSON put together by hand, of a
/// terminal and of a template, and reads backwards in the end.
pub const HOSTILE: &str = "</script><script>alert('x')</script>\"'`\\\r\n\t\u{1b}[31m\u{7}\
                           \u{1f4a5}%s%n{{boot}}${x}\u{0}\u{202e}rig";

/// Not text, not JSON, but with the marks that a parser looks for.
pub(crate) const GARBAGE: &[u8] =
    b"\xff\xfe{\"result\":\x00\x9f[[[[{{\"\xc3\x28=;=|-nan(ind)}\xf0\x28\x8c\x28,,\"\\u12\x1b";

/// Falsifies a normal answer, each turn in another way. On even turns every
/// number, text and flag has a wrong type or size; on odd turns one whole
/// list or object is something else.
pub(crate) fn lie(answer: &mut Value, turn: usize) {
    let lies = lies();
    if turn.is_multiple_of(2) {
        let mut place = turn / 2;
        visit(answer, &mut |value| {
            if !is_container(value) {
                place += 1;
                if let Some(lie) = lies.get(place % lies.len()) {
                    *value = lie.clone();
                }
            }
        });
        return;
    }
    let mut containers = 0;
    visit(answer, &mut |value| containers += usize::from(is_container(value)));
    let containers = containers.max(1);
    let (chosen, round) = ((turn / 2) % containers, turn / 2 / containers);
    let mut place = 0;
    visit(answer, &mut |value| {
        if is_container(value) {
            if place == chosen
                && let Some(lie) = lies.get(round % lies.len())
            {
                *value = lie.clone();
            }
            place += 1;
        }
    });
}

/// The same for the text protocol, where everything is text.
pub(crate) fn lie_in_text(turn: usize) -> &'static str {
    const LIES: [&str; 9] =
        ["", "-1", "nan", "1e308", "inf", "0x10", "99999999999999999999", "1.5.2", "=="];
    LIES.get(turn % LIES.len()).copied().unwrap_or_default()
}

fn lies() -> Vec<Value> {
    vec![
        Value::Null,
        json!(-1),
        json!("nan"),
        json!(1e308),
        json!("-9223372036854775809"),
        json!([]),
        json!({"a": {"b": []}}),
        json!(true),
        json!(u64::MAX),
        json!(""),
        json!("0xzz;;;"),
        json!(-0.5),
    ]
}

fn is_container(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

/// Calls `act` for everything inside `value`, the innermost first.
fn visit(value: &mut Value, act: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, act)),
        Value::Object(fields) => fields.values_mut().for_each(|field| visit(field, act)),
        _ => {}
    }
    act(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_tells_every_lie() {
        let mut leaves = Vec::new();
        let mut lists = Vec::new();
        for turn in 0..200 {
            let mut answer = json!({"a": 1, "b": [{"c": "x"}]});
            lie(&mut answer, turn);
            match answer.pointer("/b/0/c") {
                Some(leaf) if turn % 2 == 0 => leaves.push(leaf.clone()),
                _ => lists.push(answer.get("b").cloned()),
            }
        }
        for lie in lies() {
            assert!(leaves.contains(&lie), "{lie} was never told");
            assert!(lists.contains(&Some(lie.clone())), "{lie} never stood for a list");
        }
    }
}
