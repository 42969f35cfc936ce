//! The command line: what was typed, before anything is done.

use std::ffi::OsString;

use lexopt::prelude::{Long, Short, Value};

use crate::config::VARIABLES;
use crate::db::{self, Db};
use crate::parity;
use crate::user;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Args {
    pub what: What,
    pub demo: bool,
    pub stop_miner_on_exit: bool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum What {
    #[default]
    Serve,
    /// Look whether everything is in order, and end.
    Check,
    Db(Db),
    Help,
    Version,
    /// Print `docs/configuration.md`.
    Reference,
    /// Change users, from the console.
    User(user::Command),
    /// Compare with a Node server.
    Parity(parity::Command),
}

pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Args, String> {
    let mut parsed = Args::default();
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next().map_err(|error| format!("{error}; see --help"))? {
        match arg {
            Short('h') | Long("help") => parsed.what = What::Help,
            Short('V') | Long("version") => parsed.what = What::Version,
            Long("check") => parsed.what = What::Check,
            Long("reference") => parsed.what = What::Reference,
            Long("demo") => parsed.demo = true,
            Long("stop-miner-on-exit") => parsed.stop_miner_on_exit = true,
            Value(word) if word == "db" => parsed.what = What::Db(db::parse(&mut parser)?),
            Value(word) if word == "user" => {
                let command = user::parse(&mut parser);
                parsed.what = What::User(command.map_err(|error| format!("{error}; see --help"))?);
            }
            Value(word) if word == "parity" => {
                let command = parity::parse(&mut parser);
                parsed.what =
                    What::Parity(command.map_err(|error| format!("{error}; see --help"))?);
            }
            other => return Err(format!("{}; see --help", other.unexpected())),
        }
    }
    Ok(parsed)
}

pub const VERSION: &str = concat!("quaiminer-dashboard ", env!("CARGO_PKG_VERSION"));

pub fn help() -> String {
    let mut text = format!(
        "{VERSION}
Backend and web page of a mining rig for Quai Network.

Usage: quaiminer-dashboard [OPTIONS]
       quaiminer-dashboard COMMAND

  --demo                show a simulated rig; nothing is read, nothing is kept
  --check               look whether everything is in order, and end
  --stop-miner-on-exit  stop the miner with the dashboard; it goes on otherwise
  --reference           print the reference of the settings
  -h, --help            print this
  -V, --version         print the version

Commands; those on the database and its users work in DATA_DIR:

{}{}{}
Settings are environment variables:

",
        db::USAGE,
        user::USAGE,
        parity::USAGE
    );
    let width = VARIABLES.iter().map(|variable| variable.name.len()).max().unwrap_or_default();
    for variable in VARIABLES {
        let default = match variable.default {
            "" => String::new(),
            default => format!(" [{default}]"),
        };
        text.push_str(&format!("  {:width$}  {}{default}\n", variable.name, variable.help));
    }
    text
}

/// `docs/configuration.md`; a test keeps the file the same as this.
pub fn reference() -> String {
    let mut text = String::from(
        "# Settings

Made from the table in `crates/dashboard/src/config.rs` with
`quaiminer-dashboard --reference`. All settings are environment variables; an
empty one counts as unset. Those marked with a dot are read by the Node server
too and mean the same there.

| variable | Node | default | meaning |
|---|---|---|---|
",
    );
    for variable in VARIABLES {
        let default = match variable.default {
            "" => "".to_owned(),
            default => format!("`{default}`"),
        };
        let node = if variable.node { "•" } else { "" };
        text.push_str(&format!(
            "| `{}` | {node} | {default} | {} |\n",
            variable.name, variable.help
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &str) -> Result<Args, String> {
        parse(words.split_ascii_whitespace().map(OsString::from))
    }

    #[test]
    fn options() {
        assert_eq!(parse_words(""), Ok(Args::default()));
        let both = Args { demo: true, stop_miner_on_exit: true, what: What::Serve };
        assert_eq!(parse_words("--demo --stop-miner-on-exit"), Ok(both));
        assert_eq!(parse_words("-V").unwrap().what, What::Version);
        assert_eq!(
            parse_words("db backup a.db").unwrap().what,
            What::Db(Db::Backup(Some("a.db".into())))
        );
        assert_eq!(
            parse_words("db restore -h").unwrap_err(),
            "db restore needs the file to restore; see --help"
        );
        assert_eq!(parse_words("db backup --help").unwrap().what, What::Help);
        for wrong in ["--port 1", "serve", "--demo=1", "-x", "db", "db drop", "db check now"] {
            assert!(parse_words(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_reference_page_is_up_to_date() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let written = std::fs::read_to_string(page).unwrap();
        assert!(
            written == reference(),
            "write it anew: cargo run -- --reference > docs/configuration.md"
        );
    }
}
