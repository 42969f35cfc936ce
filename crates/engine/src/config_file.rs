//! `config.json`, the settings of the miner. Installers, scripts and the Node
//! server write it too, so it is read anew each time, and a change keeps what
//! it does not know.
//!
//! A change is a new file put in the place of the old one: whoever reads, and
//! whatever pulls the plug, finds one of the two, whole. The one before stays
//! as `config.json.previous`.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::one_at_a_time::OneAtATime;

/// The most of a file that is read, and the most that is written.
const MAX_BYTES: u64 = 1024 * 1024;
const READ_WITHIN: Duration = Duration::from_millis(900);
/// A USB stick that has much to write takes seconds for an fsync.
const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// NODE-COMPAT: other users' scripts read the file as well.
const MODE: u32 = 0o644;

/// The members of the file; none where there is no file.
pub type Content = Map<String, Value>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    /// What is in the file cannot be understood. It stays as it is.
    Wrong(String),
    /// It would become larger than is read.
    TooLarge(String),
    /// It cannot be read or written.
    Unavailable(String),
}

impl From<ConfigError> for String {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Wrong(why)
            | ConfigError::TooLarge(why)
            | ConfigError::Unavailable(why) => why,
        }
    }
}

/// A handle; cheap to copy.
#[derive(Clone)]
pub struct ConfigFile {
    path: PathBuf,
    gate: OneAtATime,
}

impl ConfigFile {
    pub fn new(config_dir: &Path) -> Self {
        ConfigFile { path: config_dir.join("config.json"), gate: OneAtATime::new() }
    }

    pub async fn read(&self) -> Result<Content, ConfigError> {
        self.alone(READ_WITHIN, |path| Ok(load(path)?.members)).await
    }

    /// Reads the file and writes what `change` makes of it, with no other
    /// change of ours in between. Where `change` gives no content, nothing is
    /// written.
    pub async fn update<T, E>(
        &self,
        change: impl FnOnce(Content) -> Result<(Option<Content>, T), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<ConfigError> + Send + 'static,
    {
        let work = move |path: &Path| {
            let before = load(path)?;
            Ok(match change(before.members) {
                Ok((Some(members), result)) => {
                    replace(path, before.bytes.as_deref(), &members)?;
                    Ok(result)
                }
                Ok((None, result)) => Ok(result),
                Err(error) => Err(error),
            })
        };
        self.alone(WRITE_WITHIN, work).await?
    }

    async fn alone<T: Send + 'static>(
        &self,
        within: Duration,
        work: impl FnOnce(&Path) -> Result<T, ConfigError> + Send + 'static,
    ) -> Result<T, ConfigError> {
        let path = self.path.clone();
        self.gate.run(within, move || work(&path)).await.unwrap_or_else(|| {
            Err(ConfigError::Unavailable(format!(
                "{}: its disk did not answer within {} s; what was asked for may still happen",
                self.path.display(),
                within.as_secs_f32()
            )))
        })
    }
}

struct Loaded {
    bytes: Option<Vec<u8>>,
    members: Content,
}

fn load(path: &Path) -> Result<Loaded, ConfigError> {
    let name = path.display();
    let Some(bytes) = read_bytes(path)? else {
        return Ok(Loaded { bytes: None, members: Content::new() });
    };
    match parse(path, &bytes)? {
        Value::Object(members) => Ok(Loaded { bytes: Some(bytes), members }),
        _ => Err(ConfigError::Wrong(format!("{name} does not hold a JSON object"))),
    }
}

/// The content of a JSON file; `None` where there is no such file.
pub(crate) fn read_json(path: &Path) -> Result<Option<Value>, ConfigError> {
    match read_bytes(path)? {
        Some(bytes) => parse(path, &bytes).map(Some),
        None => Ok(None),
    }
}

fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, ConfigError> {
    let name = path.display();
    let failed =
        |error: io::Error| ConfigError::Unavailable(format!("{name} cannot be read: {error}"));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ConfigError::Wrong(format!("{name} is larger than 1 MiB")));
    }
    Ok(Some(bytes))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Value, ConfigError> {
    serde_json::from_slice(bytes)
        .or_else(|error| serde_json::from_slice(&without_comments(bytes)).map_err(|_| error))
        .map_err(|error| {
            ConfigError::Wrong(format!("{} is not valid JSON: {error}", path.display()))
        })
}

/// An installer has written `//` comments into the file.
fn without_comments(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let (mut in_text, mut escaped, mut in_comment) = (false, false, false);
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if in_comment {
            in_comment = byte != b'\n';
        } else if in_text {
            in_text = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
        } else if byte == b'"' {
            in_text = true;
        } else if byte == b'/' && rest.peek() == Some(&b'/') {
            in_comment = true;
        }
        if !in_comment {
            kept.push(byte);
        }
    }
    kept
}

fn replace(path: &Path, before: Option<&[u8]>, members: &Content) -> Result<(), ConfigError> {
    let name = path.display();
    // NODE-COMPAT: with the indentation that Node writes.
    let bytes = serde_json::to_vec_pretty(members)
        .map_err(|error| ConfigError::Wrong(format!("{name}: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ConfigError::TooLarge(format!("{name} would become larger than 1 MiB")));
    }
    put_in_place(path, before, &bytes)
        .map_err(|error| ConfigError::Unavailable(format!("{name} cannot be written: {error}")))
}

fn put_in_place(path: &Path, before: Option<&[u8]>, bytes: &[u8]) -> io::Result<()> {
    let Some(directory) = path.parent() else { return Err(ErrorKind::InvalidInput.into()) };
    DirBuilder::new().recursive(true).mode(0o755).create(directory)?;
    let old = match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Some(found),
        // Putting a file in the place of a link would part it from its target,
        // and writing to the target might be what somebody wants us to do.
        Ok(_) => return Err(io::Error::other("it is a link, not a file")),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let staged = Staged::write(directory.join(".config.json.new"), bytes, old.as_ref())?;
    if let Some(before) = before {
        let previous = directory.join(".config.json.previous.new");
        Staged::write(previous, before, old.as_ref())?
            .rename(&path.with_extension("json.previous"))?;
    }
    staged.rename(path)?;
    // Only then the new name outlives a power failure.
    File::open(directory)?.sync_all()
}

/// A complete file under a name that nobody reads; removed unless it is
/// renamed.
struct Staged(PathBuf);

impl Staged {
    /// With the mode and, where we may, the owner of another file.
    fn write(path: PathBuf, bytes: &[u8], like: Option<&fs::Metadata>) -> io::Result<Staged> {
        // What a killed process left behind.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&path)?;
        let staged = Staged(path);
        if let Some(like) = like {
            let created = file.metadata()?;
            if (created.uid(), created.gid()) != (like.uid(), like.gid()) {
                // Only root may give files away; the mode still lets the same
                // others read.
                let _ = std::os::unix::fs::fchown(&file, Some(like.uid()), Some(like.gid()));
            }
            file.set_permissions(fs::Permissions::from_mode(like.mode() & 0o777))?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(staged)
    }

    fn rename(self, to: &Path) -> io::Result<()> {
        fs::rename(&self.0, to)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After the rename there is nothing under this name.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests;
