//! The computer itself, from `/proc` and `/sys`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use quaiminer_domain::Fact;
use quaiminer_domain::host::{HostReading, HostTemperature};

use super::{PERIOD, Update, Updates};

/// A disk or sensor that blocks longer shows as "no data"; it is not asked
/// again before it has answered.
const DEADLINE: Duration = Duration::from_secs(2);
/// More sensors than any board has are a mistake of the driver.
const MAX_TEMPERATURES: usize = 32;

pub(super) async fn run(data_dir: PathBuf, updates: Updates) {
    let mut reader = Reader { data_dir, cpu: None };
    let mut tick = super::ticks(PERIOD);
    loop {
        let mut read = tokio::task::spawn_blocking(move || {
            let reading = reader.read();
            (reader, reading)
        });
        let done = match tokio::time::timeout(DEADLINE, &mut read).await {
            Ok(done) => done,
            Err(_) => {
                let seconds = DEADLINE.as_secs();
                let why = format!("The system did not answer within {seconds} s (a hung disk?)");
                updates.send(Update::Host(Err(why.into()))).await;
                read.await
            }
        };
        let Ok((returned, reading)) = done else {
            return;
        };
        reader = returned;
        updates.send(Update::Host(Ok(reading))).await;
        tick.tick().await;
    }
}

struct Reader {
    data_dir: PathBuf,
    /// Busy and total time of all cores at the last reading.
    cpu: Option<(u64, u64)>,
}

impl Reader {
    fn read(&mut self) -> HostReading {
        let load = read("/proc/loadavg").map(|text| numbers::<f64>(&text)).unwrap_or_default();
        let load = |index: usize| {
            Fact::from_option(load.get(index).copied(), "/proc/loadavg is unreadable")
        };
        let memory = read("/proc/meminfo").unwrap_or_default();
        let memory =
            |name| Fact::from_option(meminfo_bytes(&memory, name), "/proc/meminfo is unreadable");
        let disk = rustix::fs::statvfs(&self.data_dir).ok();
        let disk = |blocks: fn(&rustix::fs::StatVfs) -> u64| {
            let bytes = disk.as_ref().map(|disk| blocks(disk).saturating_mul(disk.f_frsize));
            Fact::from_option(bytes, "The data directory cannot be examined")
        };
        let uptime = read("/proc/uptime").and_then(|text| numbers::<f64>(&text).first().copied());
        HostReading {
            cpu_percent: self.cpu_percent(),
            load_1: load(0),
            load_5: load(1),
            load_15: load(2),
            memory_total_bytes: memory("MemTotal:"),
            memory_available_bytes: memory("MemAvailable:"),
            disk_total_bytes: disk(|disk| disk.f_blocks),
            disk_free_bytes: disk(|disk| disk.f_bavail),
            uptime_s: Fact::from_option(uptime.map(|s| s as u64), "/proc/uptime is unreadable"),
            temperatures: temperatures(Path::new("/sys/class/hwmon")),
        }
    }

    fn cpu_percent(&mut self) -> Fact<f64> {
        let now = read("/proc/stat").as_deref().and_then(cpu_times);
        let before = std::mem::replace(&mut self.cpu, now);
        match (before, now) {
            (Some((busy_before, total_before)), Some((busy, total))) if total > total_before => {
                let busy = busy.saturating_sub(busy_before) as f64;
                Fact::Known((100.0 * busy / (total - total_before) as f64).clamp(0.0, 100.0))
            }
            (_, Some(_)) => Fact::unknown("Known from the second reading on"),
            (_, None) => Fact::unknown("/proc/stat is unreadable"),
        }
    }
}

/// Busy and total ticks from the first line of `/proc/stat`, proc_stat(5):
/// user, nice, system, idle, iowait, irq, softirq, steal. Guest time is
/// contained in user time.
fn cpu_times(text: &str) -> Option<(u64, u64)> {
    let fields = numbers::<u64>(text.lines().next()?.strip_prefix("cpu ")?);
    let total: u64 = fields.iter().take(8).sum();
    let idle = fields.get(3)? + fields.get(4)?;
    Some((total.saturating_sub(idle), total))
}

fn meminfo_bytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// All sensors under hwmon that give a temperature, except those of GPUs,
/// which are told with the GPU.
fn temperatures(root: &Path) -> Vec<HostTemperature> {
    let mut found = Vec::new();
    for chip in sorted_entries(root) {
        let Some(name) = read(chip.join("name")) else { continue };
        let name = name.trim();
        if matches!(name, "amdgpu" | "radeon" | "nouveau" | "i915" | "xe") {
            continue;
        }
        for file in sorted_entries(&chip) {
            let Some(sensor) = file
                .file_name()
                .and_then(|file| file.to_str())
                .and_then(|file| file.strip_suffix("_input"))
                .filter(|sensor| sensor.starts_with("temp"))
            else {
                continue;
            };
            // In thousandths of a degree.
            let Some(temp_c) = read(&file).and_then(|text| text.trim().parse::<f64>().ok()) else {
                continue;
            };
            let label = read(chip.join(format!("{sensor}_label")));
            let label = match label.as_deref().map(str::trim) {
                Some(label) if !label.is_empty() => format!("{name} {label}"),
                _ => name.to_owned(),
            };
            found.push(HostTemperature { label, temp_c: temp_c / 1000.0 });
            if found.len() == MAX_TEMPERATURES {
                return found;
            }
        }
    }
    found
}

fn sorted_entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn numbers<T: std::str::FromStr>(text: &str) -> Vec<T> {
    text.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_facts() {
        let mut reader = Reader { data_dir: PathBuf::from("/"), cpu: None };
        let first = reader.read();
        assert_eq!(first.cpu_percent, Fact::unknown("Known from the second reading on"));
        assert!(
            first.memory_total_bytes.get().unwrap() > first.memory_available_bytes.get().unwrap()
        );
        assert!(first.disk_total_bytes.get().unwrap() > 0);
        assert!(first.uptime_s.get().unwrap() > 0);
        reader.cpu = Some((0, 0));
        assert!((0.0..=100.0).contains(&reader.read().cpu_percent.get().unwrap()));
    }

    #[test]
    fn times_of_all_cores() {
        let text = "cpu  10 1 5 80 4 0 0 0 3 0\ncpu0 1 1 1 1";
        assert_eq!(cpu_times(text), Some((16, 100)));
        assert_eq!(cpu_times("cpu"), None);
        assert_eq!(cpu_times(""), None);
    }

    #[test]
    fn sensors_with_and_without_labels() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("hwmon0/name", "k10temp\n");
        write("hwmon0/temp1_input", "61250\n");
        write("hwmon0/temp1_label", "Tctl\n");
        write("hwmon0/temp2_input", "no\n");
        write("hwmon1/name", "amdgpu\n");
        write("hwmon1/temp1_input", "50000\n");
        write("hwmon2/name", "nvme\n");
        write("hwmon2/temp1_input", "40000\n");
        let found = temperatures(dir.path());
        let told: Vec<_> = found.iter().map(|t| (t.label.as_str(), t.temp_c)).collect();
        assert_eq!(told, [("k10temp Tctl", 61.25), ("nvme", 40.0)]);
    }
}
