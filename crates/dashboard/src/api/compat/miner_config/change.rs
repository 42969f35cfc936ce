//! From what is in `config.json` and what is posted to what will be in it, as
//! plain values (deviation R18): objects are merged deeply, what is not known
//! is kept, null and blank mean "as it is".

use hyper::StatusCode;
use quaiminer_domain::text::clean;
use quaiminer_engine::Content;
use quaiminer_engine::miner_settings::{AUTO_START, Setting, TEXTS};
use serde_json::Value;

use super::super::super::error::ApiError;
use super::{rules, secrets};

/// What starts programs is changed by who can sign in on the rig itself, so
/// that a stolen password of the page runs no foreign program there.
const ONLY_ON_THE_RIG: [&str; 4] =
    ["miner.command", "miner.binary", "miner.args", "gpu.environment"];
/// Parts of names of settings that say who is paid and by whom.
const INCOME: [&str; 7] = ["wallet", "pool", "stratum", "rpc", "coinbase", "payout", "address"];
/// An event is one sentence.
const MAX_TOLD: usize = 8;
const MAX_TOLD_CHARS: usize = 60;

/// What a request changes.
#[derive(Debug, PartialEq)]
pub struct Change {
    /// The whole content afterwards.
    pub content: Content,
    changed: Vec<Changed>,
}

#[derive(Debug, PartialEq)]
struct Changed {
    /// `mining.mode`.
    path: String,
    old: Option<Value>,
    new: Value,
}

impl Change {
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// Whether it may move the income.
    pub fn concerns_income(&self) -> bool {
        self.changed.iter().any(|one| {
            let path = one.path.to_ascii_lowercase();
            INCOME.iter().any(|part| path.contains(part))
        })
    }

    /// For the journal, without secrets.
    pub fn describe(&self) -> String {
        let told: Vec<String> = self
            .changed
            .iter()
            // Told once, under the shorter name.
            .filter(|one| !is_second_name(&one.path, &self.changed))
            .map(|one| {
                format!(
                    "{} {} → {}",
                    one.path,
                    one.tell(one.old.as_ref()),
                    one.tell(Some(&one.new))
                )
            })
            .collect();
        let more = told.len().saturating_sub(MAX_TOLD);
        let text = told.into_iter().take(MAX_TOLD).collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{text} and {more} more") } else { text }
    }
}

impl Changed {
    fn is_only_on_the_rig(&self) -> bool {
        ONLY_ON_THE_RIG.iter().any(|fixed| {
            let below = self.path.strip_prefix(fixed);
            let above =
                fixed.strip_prefix(self.path.as_str()).and_then(|rest| rest.strip_prefix('.'));
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                || above.is_some_and(|name| self.new.get(name).is_some())
        })
    }

    fn tell(&self, value: Option<&Value>) -> String {
        let name = self.path.rsplit('.').next().unwrap_or_default();
        match value {
            None => "(none)".to_owned(),
            Some(_) if secrets::is_secret(name) => secrets::MASK.to_owned(),
            Some(Value::String(text)) => shorten(&secrets::mask_text(text)),
            Some(Value::Object(members)) => {
                shorten(&Value::Object(secrets::mask(members)).to_string())
            }
            // A list may hold passwords of miners.
            Some(Value::Array(items)) => format!("{} entries", items.len()),
            Some(other) => other.to_string(),
        }
    }
}

/// An address is known by its ends.
fn shorten(text: &str) -> String {
    match (text.get(..6), text.get(text.len().saturating_sub(4)..)) {
        (Some(begin), Some(end)) if text.starts_with("0x") && text.len() == 42 => {
            format!("{begin}…{end}")
        }
        _ => clean(text, MAX_TOLD_CHARS),
    }
}

fn settings() -> impl Iterator<Item = &'static Setting> {
    TEXTS.into_iter().chain([&AUTO_START])
}

fn is_second_name(path: &str, changed: &[Changed]) -> bool {
    settings().any(|setting| {
        setting.nested.join(".") == path && changed.iter().any(|one| one.path == setting.flat)
    })
}

/// What `posted` makes of `current`, or why it cannot be.
pub fn plan(current: &Content, mut posted: Content) -> Result<Change, ApiError> {
    let mut content = current.clone();
    for setting in settings() {
        if let Some(value) = take(setting, current, &mut posted)? {
            rules::setting(setting, &value)?;
            setting.set(&mut content, &value);
        }
    }
    secrets::unmask(&mut posted, current)?;
    rules::check(&posted)?;
    merge(&mut content, posted);
    let mut changed = Vec::new();
    compare(current, &content, "", &mut changed);
    if let Some(one) = changed.iter().find(|one| one.is_only_on_the_rig()) {
        let message = format!("{} can only be changed on the rig itself, in config.json", one.path);
        return Err(ApiError::forbidden(message));
    }
    Ok(Change { content, changed })
}

/// Takes a setting out of what is posted, whichever of its names it has
/// there. A page that sends back what it was given, with one thing changed,
/// sends the old value under the other name: the new one counts.
fn take(
    setting: &'static Setting,
    current: &Content,
    posted: &mut Content,
) -> Result<Option<Value>, ApiError> {
    let counts = setting.value_or_default(current);
    let shown = counts.as_str().map(secrets::mask_text);
    let mut new: Option<Value> = None;
    for way in setting.ways() {
        let Some(mut value) = remove(posted, way) else { continue };
        if let Some(text) = value.as_str().map(str::trim) {
            if text.is_empty() || text == secrets::MASK || Some(text) == shown.as_deref() {
                continue;
            }
            if text.contains(secrets::MASK) {
                return Err(secrets::mask_of_nothing(setting.flat));
            }
            value = text.into();
        }
        if value.is_null() || value == counts || new.as_ref() == Some(&value) {
            continue;
        }
        if new.is_some() {
            let (flat, nested) = (setting.flat, setting.nested.join("."));
            let message = format!("{flat} and {nested} are the same setting and differ");
            let mut error = ApiError::new(StatusCode::CONFLICT, "Two values", message);
            error.field = Some(flat.into());
            return Err(error);
        }
        new = Some(value);
    }
    Ok(new)
}

/// Objects that become empty by that go as well.
fn remove(posted: &mut Content, way: &[&str]) -> Option<Value> {
    match way {
        [] => None,
        [name] => posted.remove(*name),
        [name, rest @ ..] => {
            let inner = posted.get_mut(*name)?.as_object_mut()?;
            let removed = remove(inner, rest);
            if inner.is_empty() {
                posted.remove(*name);
            }
            removed
        }
    }
}

fn merge(content: &mut Content, posted: Content) {
    for (name, value) in posted {
        match value {
            Value::Null => {}
            Value::Object(inner) => {
                let at = content.entry(name).or_insert_with(|| Content::new().into());
                if !at.is_object() {
                    *at = Content::new().into();
                }
                if let Some(at) = at.as_object_mut() {
                    merge(at, inner);
                }
            }
            // A blank wallet is one that the page did not know.
            Value::String(text) if text.is_empty() && keeps_blank(content, &name) => {}
            value => {
                content.insert(name, value);
            }
        }
    }
}

fn keeps_blank(content: &Content, name: &str) -> bool {
    content.contains_key(name) || rules::STRUCTURES.contains(&name)
}

/// What differs, leaf by leaf.
fn compare(old: &Content, new: &Content, above: &str, changed: &mut Vec<Changed>) {
    for (name, new) in new {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match (old.get(name), new) {
            (Some(old), new) if old == new => {}
            (Some(Value::Object(old)), Value::Object(new)) => compare(old, new, &path, changed),
            (None, Value::Object(new)) if !new.is_empty() => {
                compare(&Content::new(), new, &path, changed);
            }
            (old, new) => changed.push(Changed { path, old: old.cloned(), new: new.clone() }),
        }
    }
}

#[cfg(test)]
mod tests;
