//! The samples that are measured but not yet in the database, in a text file
//! beside it.
//!
//! It exists for the sake of the disk. A commit dirties the log, the log's
//! index, which is a mapped file, both their inodes, and later the pages of
//! the rows and of Node's two indexes: 40 kB each time, 126 MB a day every
//! 30 s. A few lines at the end of a short file dirty its last page and its
//! inode: 18 MB a day every 30 s, 13 every 60 s, 7 every two minutes. So
//! samples go here every two minutes, and twice an hour into the database,
//! 0.1 MB each time (`examples/measure.rs`, one miner, ext4).
//!
//! After a kill the file is read back. A line that was cut off is left out; a
//! sample that had reached the database as well is recognised there by its key.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use quaiminer_domain::history::MinerSample;
use rustix::fs::StatVfsMountFlags;

pub(crate) const SUFFIX: &str = "-samples";

/// Far more than a day of samples of twelve miners.
const MAX_BYTES: u64 = 32 << 20;

/// When less than this is free, a commit is tried at once instead: only that
/// tells whether the disk still takes what the file promises it will get.
const SCARCE_BYTES: u64 = 1 << 20;

pub(crate) struct Tail {
    path: PathBuf,
    file: Option<File>,
    /// Where the next line goes.
    end: u64,
}

impl Tail {
    /// Reads back what the last process has left.
    pub(crate) fn load(database: &Path) -> std::io::Result<(Self, Vec<MinerSample>)> {
        let path = crate::open::companion(database, SUFFIX);
        let mut bytes = Vec::new();
        match File::open(&path) {
            Ok(file) => {
                file.take(MAX_BYTES).read_to_end(&mut bytes)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        bytes.truncate(end);
        let samples = parse(&String::from_utf8_lossy(&bytes));
        Ok((Tail { path, file: None, end: end as u64 }, samples))
    }

    pub(crate) fn append<'a>(
        &mut self,
        samples: impl Iterator<Item = &'a MinerSample>,
    ) -> std::io::Result<()> {
        let text = format(samples);
        if text.is_empty() {
            return Ok(());
        }
        let end = self.end;
        self.file()?.write_all_at(text.as_bytes(), end)?;
        self.end += text.len() as u64;
        Ok(())
    }

    /// All of it is in the database now. Should this fail, the lines are read
    /// once more after a kill, and recognised.
    pub(crate) fn clear(&mut self) {
        if self.end > 0 && self.file().and_then(|file| file.set_len(0)).is_ok() {
            self.end = 0;
        }
    }

    pub(crate) fn remove(&mut self) {
        self.file = None;
        self.end = 0;
        let _ = std::fs::remove_file(&self.path);
    }

    /// Whether the file system is all but full, or has become read-only.
    pub(crate) fn is_disk_in_doubt(&self) -> bool {
        let directory = self.path.parent().filter(|parent| *parent != Path::new(""));
        rustix::fs::statvfs(directory.unwrap_or(Path::new("."))).is_ok_and(|disk| {
            disk.f_bavail.saturating_mul(disk.f_frsize) < SCARCE_BYTES
                || disk.f_flag.contains(StatVfsMountFlags::RDONLY)
        })
    }

    fn file(&mut self) -> std::io::Result<&File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&self.path)?,
        };
        Ok(self.file.insert(file))
    }
}

/// A line for each sample. The address stands where it differs from that of
/// the line before, and at least once in each text.
fn format<'a>(samples: impl Iterator<Item = &'a MinerSample>) -> String {
    let mut text = String::new();
    let mut before = "";
    for sample in samples {
        let miner = if sample.miner == before { "" } else { sample.miner.as_str() };
        before = &sample.miner;
        text.push_str(&format!("{}\t{miner}", sample.at_ms));
        for count in [sample.uptime_s, sample.accepted, sample.rejected, sample.invalid] {
            text.push('\t');
            text.push_str(&count.map(|count| count.to_string()).unwrap_or_default());
        }
        for number in [sample.hashrate_hs, sample.power_w, sample.temp_c, sample.fan_percent] {
            text.push('\t');
            text.push_str(&number.map(|number| number.to_string()).unwrap_or_default());
        }
        text.push('\n');
    }
    text
}

/// After a line that cannot be read, those without an address of their own
/// are left out too: they might belong to another miner.
fn parse(text: &str) -> Vec<MinerSample> {
    let mut miner: Option<String> = None;
    let mut samples = Vec::new();
    for line in text.lines() {
        let sample = parse_line(line).and_then(|sample| {
            let address = if sample.miner.is_empty() { miner.take()? } else { sample.miner };
            Some(MinerSample { miner: address, ..sample })
        });
        miner = sample.as_ref().map(|sample| sample.miner.clone());
        samples.extend(sample);
    }
    samples
}

fn parse_line(line: &str) -> Option<MinerSample> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let sample = MinerSample {
        at_ms: next()?.parse().ok()?,
        miner: next()?.into(),
        uptime_s: optional(next()?)?,
        accepted: optional(next()?)?,
        rejected: optional(next()?)?,
        invalid: optional(next()?)?,
        hashrate_hs: optional(next()?)?,
        power_w: optional(next()?)?,
        temp_c: optional(next()?)?,
        fan_percent: optional(next()?)?,
    };
    next().is_none().then_some(sample)
}

/// `Some(None)` for an empty field, `None` for one that cannot be read.
fn optional<T: std::str::FromStr>(field: &str) -> Option<Option<T>> {
    if field.is_empty() {
        return Some(None);
    }
    field.parse().ok().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_ms: i64, miner: &str) -> MinerSample {
        MinerSample {
            at_ms,
            miner: miner.into(),
            uptime_s: Some(77),
            hashrate_hs: Some(31_234_567.890_625),
            accepted: Some(u64::MAX),
            power_w: Some(0.1 + 0.2),
            ..MinerSample::default()
        }
    }

    fn three() -> [MinerSample; 3] {
        [sample(1, "xmrig://a:1"), sample(2, "xmrig://a:1"), sample(2, "xmrig://b:2")]
    }

    #[test]
    fn what_is_written_is_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("q.db");
        let (mut tail, found) = Tail::load(&database).unwrap();
        assert_eq!(found, []);
        tail.append(three().iter()).unwrap();
        tail.append([sample(9, "xmrig://a:1")].iter()).unwrap();

        let (mut again, found) = Tail::load(&database).unwrap();
        assert_eq!(found[..3], three());
        assert_eq!(found[3], sample(9, "xmrig://a:1"));
        again.clear();
        assert_eq!(Tail::load(&database).unwrap().1, []);
    }

    #[test]
    fn a_line_that_was_cut_off_is_left_out_and_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("q.db");
        let path = directory.path().join("q.db-samples");
        let text = format(three().iter());
        for length in 0..text.len() {
            std::fs::write(&path, &text[..length]).unwrap();
            let (mut tail, found) = Tail::load(&database).unwrap();
            assert_eq!(found[..], three()[..found.len()], "{length}");
            tail.append([sample(9, "c")].iter()).unwrap();
            let (_, after) = Tail::load(&database).unwrap();
            assert_eq!(after[found.len()..], [sample(9, "c")], "{length}");
        }
    }

    #[test]
    fn a_hole_is_skipped_with_what_depends_on_it() {
        let text = format(three().iter());
        let mut lines: Vec<&str> = text.lines().collect();
        lines[0] = "\0\0\0\0";
        assert_eq!(parse(&lines.join("\n")), [sample(2, "xmrig://b:2")]);
    }
}
