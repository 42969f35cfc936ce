//! The miner's own output. The miner writes into the file itself, so that it
//! can go on when the dashboard is gone; that is why the file is shortened in
//! place and not renamed.

use std::fs::OpenOptions;
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

/// The last lines of the log of the miner, or of that of one GPU; at most
/// 256 KiB of them. NODE-COMPAT: what follows the last line break counts as a
/// line, be it empty.
pub async fn read_log(log_dir: &Path, gpu: Option<u32>, lines: usize) -> io::Result<String> {
    // While the disk hangs, readers wait here and not on the few threads.
    static READERS: Semaphore = Semaphore::const_new(2);
    let path = log_dir.join(log_name(gpu));
    let read = async {
        let permit = READERS.acquire().await.map_err(io::Error::other)?;
        let read = move || {
            let _permit = permit;
            Ok(last(&read_end(&path)?, lines).to_owned())
        };
        tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
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

/// The last line that a miner wrote.
pub(super) fn last_line(path: &Path) -> io::Result<String> {
    Ok(last(read_end(path)?.trim_end_matches('\n'), 1).to_owned())
}

/// The last of the pieces between line breaks.
fn last(text: &str, pieces: usize) -> &str {
    let Some(before) = pieces.checked_sub(1) else { return "" };
    let start = text.rmatch_indices('\n').nth(before).map_or(0, |(at, _)| at + 1);
    text.get(start..).unwrap_or_default()
}

/// What is not UTF-8 is replaced.
fn read_end(path: &Path) -> io::Result<String> {
    let mut log = OpenOptions::new().read(true).custom_flags(no_follow()).open(path)?;
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
    fn the_end_of_a_log() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("miner.log");
        std::fs::write(&path, b"one\ntwo\nthr\xffee\n").unwrap();
        assert_eq!(last_line(&path).unwrap(), "thr\u{fffd}ee");
        let text = read_end(&path).unwrap();
        assert_eq!(text, "one\ntwo\nthr\u{fffd}ee\n");
        assert_eq!(last(&text, 99), text);
        assert_eq!(last(&text, 4), text);
        assert_eq!(last(&text, 3), "two\nthr\u{fffd}ee\n");
        assert_eq!((last(&text, 1), last(&text, 0), last("one", 1)), ("", "", "one"));
        let link = dir.path().join("link.log");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        assert!(read_end(&link).is_err());
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
