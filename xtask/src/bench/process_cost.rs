//! What a process costs, as the kernel counts it.

use std::fs;

use crate::Result;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Memory {
    /// All that is resident, the pages of the binary included.
    pub rss_bytes: f64,
    /// What nobody else could share.
    pub anonymous_bytes: f64,
}

pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let status = read(pid, "status")?;
    let kibibytes = |name: &str| field(&status, name).map(|number| number * 1024.0);
    match (kibibytes("VmRSS:"), kibibytes("RssAnon:")) {
        (Some(rss_bytes), Some(anonymous_bytes)) => Ok(Memory { rss_bytes, anonymous_bytes }),
        _ => Err(format!("/proc/{pid}/status does not tell the memory")),
    }
}

/// Processor time used since its start, in and for the process.
pub(super) fn cpu_s(pid: u32) -> Result<f64> {
    /// On Linux always so, whatever the kernel's own clock is.
    const TICKS_PER_S: f64 = 100.0;
    let stat = read(pid, "stat")?;
    let ticks = cpu_ticks(&stat).ok_or_else(|| format!("/proc/{pid}/stat is not understood"))?;
    Ok(ticks as f64 / TICKS_PER_S)
}

/// Bytes that it made the kernel write to a disk, in whole pages.
pub(super) fn written_bytes(pid: u32) -> Result<f64> {
    let io = read(pid, "io")?;
    field(&io, "write_bytes:").ok_or_else(|| format!("/proc/{pid}/io tells no write_bytes"))
}

fn read(pid: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
}

fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn cpu_ticks(stat: &str) -> Option<u64> {
    // After the name come the fields from the third on; the times are 14 and 15.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_this_process() {
        let pid = std::process::id();
        let memory = memory(pid).unwrap();
        assert!(memory.rss_bytes > memory.anonymous_bytes && memory.anonymous_bytes > 0.0);
        assert!(cpu_s(pid).unwrap() >= 0.0);
        assert!(written_bytes(pid).unwrap() >= 0.0);
    }

    #[test]
    fn a_name_with_brackets() {
        let stat = "77 (a) b) c) S 1 77 77 0 -1 4194304 100 0 0 0 25 17 0 0 20 0 3 0 99";
        assert_eq!(cpu_ticks(stat), Some(42));
    }
}
