//! `quaiminer-dashboard parity`: asks a Node server and ours the same, and
//! prints where the answers differ. For owners who run both for a while.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use hyper::Uri;
use lexopt::ValueExt;
use lexopt::prelude::Long;
use quaiminer_parity::http::Server;
use quaiminer_parity::{Outcome, Replay, Totals, Verdict, describe, live, read};

use crate::console::say;

/// Where ours is unless it was told: on this machine, at its own port.
const OURS: &str = "http://127.0.0.1:3000";
/// Either server asks others before it answers some of these.
const DEADLINE: Duration = Duration::from_secs(20);
const MAX_ANSWER_BYTES: usize = 16 << 20;
const MAX_KEY_BYTES: u64 = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The Node server.
    against: String,
    ours: String,
    /// An API key that both know.
    key_file: Option<PathBuf>,
    /// A recording, of which the requests are sent.
    rows: Option<PathBuf>,
    /// Those too that change something, on both servers.
    changes: bool,
}

pub const USAGE: &str = "\
  parity --against URL [--ours URL] [--key-file FILE] [--rows FILE [--changes]]
                        compare the answers of a Node server at URL with ours
";

pub fn parse(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut against = None;
    let mut command = Command {
        against: String::new(),
        ours: OURS.to_owned(),
        key_file: None,
        rows: None,
        changes: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("against") => against = Some(parser.value()?.string()?),
            Long("ours") => command.ours = parser.value()?.string()?,
            Long("key-file") => command.key_file = Some(parser.value()?.into()),
            Long("rows") => command.rows = Some(parser.value()?.into()),
            Long("changes") => command.changes = true,
            other => return Err(other.unexpected()),
        }
    }
    command.against = against.ok_or("parity needs --against URL, the Node server's address")?;
    if command.changes && command.rows.is_none() {
        return Err("--changes is for the requests of --rows FILE".into());
    }
    Ok(command)
}

/// Success if nothing differs but by a rule.
pub fn run(command: &Command) -> Result<ExitCode, String> {
    let (node, ours) = (server(&command.against)?, server(&command.ours)?);
    let mut captures = BTreeMap::new();
    let key = command.key_file.as_deref().map(key).transpose()?;
    captures.extend(key.clone().map(|key| ("API_KEY".to_owned(), key)));
    let rows = match &command.rows {
        Some(file) => {
            read(file)?.into_iter().filter(|row| command.changes || row.is_get()).collect()
        }
        None => {
            let mut rows = live::reads();
            if let Some(key) = &key {
                rows.iter_mut().for_each(|row| row.add_header("X-API-Key", key));
            }
            rows
        }
    };
    let mut replay = Replay::beside(node, ours, captures);
    let mut outcomes = Vec::new();
    for row in &rows {
        let outcome = replay.run(row)?;
        say(line(&outcome));
        outcomes.push(outcome);
    }
    let totals = Totals::of(&outcomes);
    say("");
    for outcome in outcomes.iter().filter(|one| matches!(one.verdict, Verdict::Different(_))) {
        say(describe(outcome));
    }
    say(totals.text().trim_end());
    Ok(if totals.different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(outcome: &Outcome) -> String {
    let word = match &outcome.verdict {
        Verdict::Equal => "same".to_owned(),
        Verdict::Different(_) => "differs".to_owned(),
        Verdict::Deviates(tags) => {
            let tags: Vec<String> = tags.iter().map(|tag| tag.text()).collect();
            tags.join(", ")
        }
    };
    format!("{word:12}  {}", outcome.request)
}

/// The C library resolves no names here, so the standard library may not.
fn server(url: &str) -> Result<Server, String> {
    let wrong = |why: &str| format!("{url}: {why}");
    let uri: Uri = url.parse().map_err(|_| wrong("this is not an address"))?;
    if uri.scheme_str() != Some("http") || !matches!(uri.path(), "" | "/") {
        return Err(wrong("it must be like http://192.168.1.5:3000"));
    }
    let host = uri.host().ok_or_else(|| wrong("it names no host"))?;
    let port = uri.port_u16().unwrap_or(80);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("No runtime: {error}"))?;
    let found = async { tokio::time::timeout(DEADLINE, quaiminer_net::resolve(host)).await };
    let found = runtime
        .block_on(found)
        .map_err(|_| wrong("its name is not resolved in time"))?
        .map_err(|error| wrong(&error.to_string()))?;
    let address = found.first().ok_or_else(|| wrong("its name has no address"))?;
    Ok(Server {
        address: SocketAddr::new(*address, port),
        authority: uri.authority().map_or_else(String::new, ToString::to_string),
        deadline: DEADLINE,
        max_bytes: MAX_ANSWER_BYTES,
    })
}

/// A file, for what stands in a command line can be read by everybody.
fn key(file: &Path) -> Result<String, String> {
    use std::io::Read;
    let wrong = |why: String| format!("{}: {why}", file.display());
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(MAX_KEY_BYTES).read_to_string(&mut text))
        .map_err(|error| wrong(error.to_string()))?;
    let key = text.trim();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("it must hold an API key and nothing else".to_owned()));
    }
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Command, String> {
        let mut parser = lexopt::Parser::from_args(words.split_ascii_whitespace());
        parse(&mut parser).map_err(|error| error.to_string())
    }

    #[test]
    fn options() {
        let command = parsed("--against http://rig:3001 --rows a.jsonl --changes").unwrap();
        assert_eq!(command.ours, OURS);
        assert!(command.changes);
        for wrong in ["", "--ours http://rig", "--against http://rig --changes", "--against"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses() {
        let server = server("http://localhost:3001/").unwrap();
        assert!(server.address.ip().is_loopback());
        assert_eq!((server.address.port(), server.authority.as_str()), (3001, "localhost:3001"));
        for wrong in ["rig", "https://127.0.0.1", "http://127.0.0.1/api", "ftp://127.0.0.1", ""] {
            assert!(super::server(wrong).is_err(), "{wrong}");
        }
    }
}
