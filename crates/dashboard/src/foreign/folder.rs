//! Files of one directory, and nothing else: the kernel refuses every way out
//! of it, also over symbolic links. All of it runs on blocking threads, a few
//! at a time and under a deadline, for the disk may hang.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::StatusCode;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;
use tokio::sync::Semaphore;

use crate::api::error::ApiError;
use crate::api::stream;

const DEADLINE: Duration = Duration::from_secs(5);
const AT_ONCE: usize = 8;
/// What is smaller is read as a whole, and packed for who takes that.
const WHOLE_BYTES: u64 = 256 * 1024;
const PIECE_BYTES: u64 = 64 * 1024;

#[derive(Clone)]
pub struct Folder {
    root: Arc<OwnedFd>,
    turns: Arc<Semaphore>,
}

/// A file that is open.
pub struct Found {
    file: File,
    /// Its path in the folder.
    pub name: String,
    pub length: u64,
    pub modified_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    File,
    Directory,
}

/// What there is at an address.
pub enum Place {
    File(Found),
    /// A directory with a page, whose address ends with a slash.
    Directory,
    Nothing,
}

impl Folder {
    /// Looks for the directory, and in it for the page.
    pub fn open(path: &Path) -> Result<Folder, String> {
        let problem = |what: String| format!("STATIC_DIR={}: {what}", path.display());
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = openat(CWD, path, flags, Mode::empty()).map_err(|error| match error {
            Errno::NOENT => problem("there is no such directory".to_owned()),
            Errno::NOTDIR => problem("this is no directory".to_owned()),
            error => problem(error.to_string()),
        })?;
        let folder = Folder { root: Arc::new(root), turns: Arc::new(Semaphore::new(AT_ONCE)) };
        match folder.find("index.html") {
            Ok(Some(_)) => Ok(folder),
            Ok(None) => Err(problem("there is no index.html in it".to_owned())),
            Err(error) => Err(problem(format!("index.html: {error}"))),
        }
    }

    /// What is at an address. `is_page`: the address may be that of a page,
    /// which is in `NAME.html`, or else the frontend's own affair.
    pub async fn look(&self, path: String, is_page: bool) -> Result<Place, ApiError> {
        let folder = self.clone();
        self.run(move || folder.look_now(&path, is_page)).await
    }

    fn look_now(&self, path: &str, is_page: bool) -> io::Result<Place> {
        let (inner, slash) = match path.strip_suffix('/') {
            Some(inner) => (inner, true),
            // The folder itself.
            None => (path, path.is_empty()),
        };
        match self.kind(inner)? {
            Some(Entry::File) if !slash => {
                if let Some(found) = self.find(inner)? {
                    return Ok(Place::File(found));
                }
            }
            Some(Entry::Directory) => {
                let index = join(inner, "index.html");
                if let Some(found) = self.find(&index)? {
                    return Ok(if slash { Place::File(found) } else { Place::Directory });
                }
            }
            _ => {}
        }
        if is_page {
            // NODE-COMPAT: `/setup` is setup.html, whatever is no file is the
            // main page.
            for name in [format!("{inner}.html"), "index.html".to_owned()] {
                if let Some(found) = self.find(&name)? {
                    return Ok(Place::File(found));
                }
            }
        }
        Ok(Place::Nothing)
    }

    fn kind(&self, path: &str) -> io::Result<Option<Entry>> {
        let Some(file) = self.beneath(path)? else { return Ok(None) };
        let metadata = File::from(file).metadata()?;
        Ok(match metadata.file_type() {
            kind if kind.is_file() => Some(Entry::File),
            kind if kind.is_dir() => Some(Entry::Directory),
            _ => None,
        })
    }

    fn find(&self, path: &str) -> io::Result<Option<Found>> {
        let Some(file) = self.beneath(path)? else { return Ok(None) };
        let file = File::from(file);
        let metadata = file.metadata()?;
        let modified_ms = metadata
            .modified()?
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
        let found = Found { file, name: path.to_owned(), length: metadata.len(), modified_ms };
        Ok(metadata.is_file().then_some(found))
    }

    /// Opens what is there, wherever its links lead within the folder.
    fn beneath(&self, path: &str) -> io::Result<Option<OwnedFd>> {
        let path = if path.is_empty() { "." } else { path };
        // A pipe must not make us wait for its other end.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let opened = match openat2(&self.root, path, flags, Mode::empty(), resolve) {
            // Before Linux 5.6, and where a sandbox does not know it.
            Err(Errno::NOSYS | Errno::PERM) => self.step_by_step(path, flags),
            opened => opened,
        };
        match opened {
            Ok(file) => Ok(Some(file)),
            // What leads outside, is nothing, or cannot be a name, is not
            // there.
            Err(
                Errno::NOENT
                | Errno::NOTDIR
                | Errno::XDEV
                | Errno::LOOP
                | Errno::NAMETOOLONG
                | Errno::NXIO
                | Errno::ACCESS,
            ) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Follows no link at all.
    fn step_by_step(&self, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let mut at = openat(&self.root, ".", flags, Mode::empty())?;
        for part in path.split('/').filter(|part| *part != ".") {
            if part == ".." {
                return Err(Errno::XDEV);
            }
            at = openat(&at, part, flags | OFlags::NOFOLLOW, Mode::empty())?;
        }
        Ok(at)
    }

    /// A part of a file, at once if it is small.
    pub async fn read(&self, found: Found, from: u64, length: u64) -> Result<Body, ApiError> {
        if length <= WHOLE_BYTES {
            let bytes = self.run(move || read_at(&found.file, from, length)).await?;
            return Ok(Body::from(bytes));
        }
        let folder = self.clone();
        Ok(stream::body(move |sender| async move {
            let file = Arc::new(found.file);
            let mut done = 0;
            while done < length {
                let (file, at) = (file.clone(), from + done);
                let size = PIECE_BYTES.min(length - done);
                let piece = folder.run(move || read_at(&file, at, size)).await?;
                done += size;
                if !sender.send(piece.into()).await {
                    break;
                }
            }
            Ok(())
        }))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turns = self.turns.clone();
        let done = async {
            let turn = turns.acquire_owned().await.map_err(io::Error::other)?;
            let work = move || {
                // Until the disk answers, also if nobody waits any more.
                let _turn = turn;
                work()
            };
            tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
        };
        let unavailable = |why: String| {
            log::warn!("A file of STATIC_DIR could not be read: {why}");
            let title = "File unavailable";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, title, "The disk cannot be read now")
        };
        match tokio::time::timeout(DEADLINE, done).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(unavailable(error.to_string())),
            Err(_) => Err(unavailable(format!("no answer within {} s", DEADLINE.as_secs()))),
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// All of it: a file that has become shorter is an error, not a shorter file.
fn read_at(file: &File, from: u64, length: u64) -> io::Result<Bytes> {
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes.into())
}
