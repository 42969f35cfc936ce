//! Arguments that are somebody's own. They may tune a miner; they may not
//! change who earns, where it writes, who commands it or what else it starts.
//!
//! The rules err on the safe side, because no list of a closed program's
//! arguments is complete: what *sounds* like a denied argument is denied.

use super::Refusal;

/// Arguments of one program that are refused, and the reason. Short ones are
/// taken literally; a long one stands for its abbreviations and for `_` in
/// place of `-` too.
pub type Denied = (&'static str, &'static [&'static str]);

pub(crate) const INCOME: &str = "it decides who is paid; pools, wallet and worker are in the sheet";
pub(crate) const CARDS: &str = "the cards are chosen in the sheet";
pub(crate) const API: &str = "it would open the miner's API; the dashboard sets that";
pub(crate) const FILES: &str = "it writes files; the dashboard keeps the log";
pub(crate) const CONFIG: &str = "a file could say anything in the place of the sheet";
pub(crate) const SCRIPTS: &str = "it starts other programs";
pub(crate) const WATCHDOG: &str = "the dashboard watches the miner, restarts and reboots";
pub(crate) const TLS: &str = "it would trust a pool that cannot prove its name";
pub(crate) const MINING: &str = "with it the program does something else than mine";

const MAX_WORDS: usize = 64;
const MAX_LENGTH: usize = 256;

/// Parts of long names that mean the same in every program.
const PARTS: &[Denied] = &[
    (
        INCOME,
        &[
            "pool",
            "url",
            "user",
            "username",
            "userpass",
            "pass",
            "password",
            "wallet",
            "worker",
            "account",
            "algo",
            "algorithm",
            "coin",
            "proxy",
            "donate",
            "fee",
            "devfee",
            "fund",
            "secret",
            "rig",
        ],
    ),
    (CARDS, &["device", "devices"]),
    (API, &["api", "http", "telnet", "rest", "port", "host", "bind", "listen", "webhook"]),
    (FILES, &["log", "logfile", "syslog", "file", "path", "dir"]),
    (CONFIG, &["config", "json", "profile"]),
    (SCRIPTS, &["script", "exec", "execute", "loader", "cmd", "command"]),
    (WATCHDOG, &["watchdog", "watchdogscript", "reboot", "shutdown", "restart", "autoupdate"]),
    (MINING, &["benchmark", "bench", "simulation", "daemon", "background", "list"]),
    (MINING, &["help", "version", "stress"]),
];

pub(super) fn check(extra: &[String], denied: &[Denied], harmless: &[&str]) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::new("extra", why));
    if extra.len() > MAX_WORDS {
        return refuse(format!("More than {MAX_WORDS} words"));
    }
    for (at, word) in extra.iter().enumerate() {
        if word.is_empty() || word.len() > MAX_LENGTH || word.chars().any(char::is_control) {
            return refuse(format!(
                "Word {} is empty, longer than {MAX_LENGTH} bytes or has control characters",
                at + 1
            ));
        }
        let Some(name) = word.strip_prefix('-').filter(|_| !is_number(word)) else {
            // It would be one more value of our last argument.
            if at == 0 {
                return refuse(format!("{word} comes first, but begins with no -"));
            }
            // Some libraries read more arguments from a file named like this.
            if word.starts_with('@') {
                return refuse(format!("{word} is refused: {CONFIG}"));
            }
            continue;
        };
        if let Some(why) = refused(name, denied, harmless) {
            // Not the value, which may be a password.
            let shown = word.split('=').next().unwrap_or_default();
            return refuse(format!("{shown} is refused: {why}"));
        }
    }
    Ok(())
}

/// `-100` is the value of an offset, no argument; `_` and `*` skip a card.
fn is_number(word: &str) -> bool {
    word.len() > 1
        && word.strip_prefix('-').is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit())
                && rest.bytes().all(|b| b.is_ascii_digit() || b".,-_*".contains(&b))
        })
}

/// `name` is without its first dash.
fn refused(name: &str, denied: &[Denied], harmless: &[&str]) -> Option<&'static str> {
    let names = |list: &'static [&'static str]| list.iter().copied();
    let Some(long) = name.strip_prefix('-') else {
        // `-uWALLET`, `-kBu`: what is one argument and what is its value, or
        // several arguments, depends on the program.
        if name.len() != 1 {
            return Some("write a short argument with one letter, its value in a word of its own");
        }
        let of_same_letter = |given: &&str| given.strip_prefix('-') == Some(name);
        return denied
            .iter()
            .find(|(_, list)| names(list).any(|given| of_same_letter(&given)))
            .map(|(why, _)| *why);
    };
    let long = long.split('=').next().unwrap_or_default();
    let plain: String = long.to_ascii_lowercase().replace(['_', '.'], "-");
    let is_plain = plain.starts_with(|c: char| c.is_ascii_alphanumeric())
        && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_plain {
        return Some("an argument's name has letters, digits, - and _");
    }
    if harmless.contains(&plain.as_str()) {
        return None;
    }
    // The whole name first, for its own reason; then, as getopt and others take
    // any unambiguous beginning for the whole, what it may be short for.
    let listed = |fits: &dyn Fn(&str) -> bool| {
        let is_it = |given: &str| {
            given.strip_prefix("--").is_some_and(|given| fits(&given.replace('_', "-")))
        };
        denied.iter().find(|(_, list)| names(list).any(is_it))
    };
    let by_name =
        listed(&|given| given == plain).or_else(|| listed(&|given| given.starts_with(&plain)));
    let parts = || {
        // `pool2`, `p1`: for the second algorithm or the next pool.
        plain.split('-').map(|part| part.trim_end_matches(|c: char| c.is_ascii_digit()))
    };
    let by_part =
        PARTS.iter().find(|(_, list)| parts().any(|part| list.contains(&part) && !part.is_empty()));
    by_name.or(by_part).map(|(why, _)| *why)
}
