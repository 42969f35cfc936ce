//! The miner's own output. The miner writes into the file itself, so that it
//! can go on when the dashboard is gone; that is why the file is shortened in
//! place and not renamed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::launch::log_name;

/// A file is shortened beyond this size; one older piece of it is kept.
pub(super) const MAX_LOG_BYTES: u64 = 10 * 1024 * 1024;
/// The most that is read for an answer.
const MAX_TAIL_BYTES: u64 = 256 * 1024;
const READ_WITHIN: Duration = Duration::from_secs(2);

/// The last lines of the log of the miner, or of that of one GPU.
pub async fn read_log(log_dir: &Path, gpu: Option<u32>, lines: usize) -> io::Result<String> {
    // While the disk hangs, readers wait here and not on the few threads.
    static READERS: Semaphore = Semaphore::const_new(2);
    let path = log_dir.join(log_name(gpu));
    let read = async {
        let permit = READERS.acquire().await.map_err(io::Error::other)?;
        let tail = move || {
            let _permit = permit;
            tail(&path, lines)
        };
        tokio::task::spawn_blocking(tail).await.map_err(io::Error::other)?
    };
    tokio::time::timeout(READ_WITHIN, read).await?
}

/// Moves the content to `NAME.1` if there is too much of it. What the miner
/// writes during the copy may be lost, which the log of a miner can bear.
pub(super) fn rotate(path: &Path) -> io::Result<()> {
    let mut log = OpenOptions::new().read(true).write(true).custom_flags(no_follow()).open(path)?;
    let size = log.metadata()?.len();
    if size <= MAX_LOG_BYTES {
        return Ok(());
    }
    let mut older = path.as_os_str().to_owned();
    older.push(".1");
    let mut kept = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o640)
        .custom_flags(no_follow())
        .open(older)?;
    // A flood may have made more of it than is worth keeping.
    log.seek(SeekFrom::Start(size - MAX_LOG_BYTES))?;
    io::copy(&mut Read::by_ref(&mut log).take(MAX_LOG_BYTES), &mut kept)?;
    log.set_len(0)
}

/// The last lines of a log, at most 256 KiB of them; what is not UTF-8 is
/// replaced.
pub(super) fn tail(path: &Path, lines: usize) -> io::Result<String> {
    let mut log = OpenOptions::new().read(true).custom_flags(no_follow()).open(path)?;
    let text = read_end(&mut log)?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let start = text.rmatch_indices('\n').nth(lines.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
    Ok(if lines == 0 { String::new() } else { text.get(start..).unwrap_or_default().to_owned() })
}

fn read_end(log: &mut File) -> io::Result<String> {
    let size = log.metadata()?.len();
    log.seek(SeekFrom::Start(size.saturating_sub(MAX_TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    log.take(MAX_TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn no_follow() -> i32 {
    rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_counts_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("miner.log");
        std::fs::write(&path, b"one\ntwo\nthr\xffee\n").unwrap();
        assert_eq!(tail(&path, 2).unwrap(), "two\nthr\u{fffd}ee");
        assert_eq!(tail(&path, 99).unwrap(), "one\ntwo\nthr\u{fffd}ee");
        assert_eq!(tail(&path, 0).unwrap(), "");
        let link = dir.path().join("link.log");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        assert!(tail(&link, 1).is_err());
    }

    #[test]
    fn a_large_log_is_shortened_in_place() {
        use std::io::Write;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("miner.log");
        let mut writer = OpenOptions::new().append(true).create(true).open(&path).unwrap();
        rotate(&path).unwrap();
        writer.write_all(&vec![b'x'; MAX_LOG_BYTES as usize + 5]).unwrap();
        rotate(&path).unwrap();
        writer.write_all(b"after").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"after");
        let older = std::fs::metadata(dir.path().join("miner.log.1")).unwrap();
        assert_eq!(older.len(), MAX_LOG_BYTES);
    }
}
