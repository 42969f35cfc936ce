//! The one-time link with which the owner sets the first password.
//!
//! It is kept in a file of the data directory that only its owner (and root)
//! can read, so that a restart prints the same link again. There is no
//! default password.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::random_bytes;

const LIFE_MS: i64 = 24 * 3600 * 1000;

pub struct FirstRun {
    path: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub token: String,
    pub expires_ms: i64,
}

impl FirstRun {
    pub fn new(data_dir: &Path) -> Self {
        FirstRun { path: data_dir.join("first-run-link") }
    }

    /// The valid ticket, made now if there is none.
    pub fn ticket(&self, now_ms: i64) -> Result<Ticket, String> {
        if let Some(ticket) = self.read().filter(|ticket| ticket.expires_ms > now_ms) {
            return Ok(ticket);
        }
        let token = URL_SAFE_NO_PAD.encode(random_bytes::<16>()?);
        let ticket = Ticket { token, expires_ms: now_ms + LIFE_MS };
        self.write(&ticket)
            .map_err(|error| format!("{} cannot be written: {error}", self.path.display()))?;
        Ok(ticket)
    }

    /// Whether this is the token, and in time.
    pub fn accepts(&self, token: &str, now_ms: i64) -> bool {
        self.read().is_some_and(|ticket| {
            ticket.expires_ms > now_ms
                && bool::from(ticket.token.as_bytes().ct_eq(token.as_bytes()))
        })
    }

    /// A link works once.
    pub fn used(&self) {
        let _ = fs::remove_file(&self.path);
    }

    fn read(&self) -> Option<Ticket> {
        let text = fs::read_to_string(&self.path).ok()?;
        let (token, expires) = text.trim().split_once(' ')?;
        // A token cut short by a power failure would be easier to guess.
        let whole = URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| bytes.len() == 16);
        whole.then_some(Ticket { token: token.to_owned(), expires_ms: expires.parse().ok()? })
    }

    fn write(&self, ticket: &Ticket) -> io::Result<()> {
        write_private(&self.path, format!("{} {}\n", ticket.token, ticket.expires_ms).as_bytes())
    }
}

/// Writes a file that only its owner can read, whole or not at all.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_ticket_lasts_over_a_restart_and_ends_after_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let ticket = FirstRun::new(dir.path()).ticket(1000).unwrap();
        let again = FirstRun::new(dir.path());
        assert_eq!(again.ticket(2000).unwrap(), ticket);
        assert!(again.accepts(&ticket.token, 2000));
        assert!(!again.accepts("", 2000));
        assert!(!again.accepts(&ticket.token, 1000 + LIFE_MS));
        assert_ne!(again.ticket(1000 + LIFE_MS).unwrap().token, ticket.token);
        let mode = fs::metadata(dir.path().join("first-run-link")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        again.used();
        assert!(!again.accepts(&ticket.token, 2000));
    }

    #[test]
    fn a_damaged_file_gives_no_entrance() {
        let dir = tempfile::tempdir().unwrap();
        let first_run = FirstRun::new(dir.path());
        for content in ["", " 9999999999999", "short 9999999999999", "\u{0}"] {
            fs::write(dir.path().join("first-run-link"), content).unwrap();
            assert!(!first_run.accepts("", 1));
            assert!(!first_run.accepts("short", 1));
        }
    }
}
