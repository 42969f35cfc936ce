//! File systems that are full or read-only. Only root can make them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Undone when it goes out of scope.
pub struct Mount(PathBuf);

impl Mount {
    /// Makes a directory read-only.
    pub fn read_only(directory: &Path) -> Option<Mount> {
        let path = directory.display().to_string();
        mount(directory, &["--bind", "-o", "ro", &path, &path])
    }

    /// Puts an empty file system of a few megabytes over a directory.
    pub fn tiny(directory: &Path) -> Option<Mount> {
        let path = directory.display().to_string();
        mount(directory, &["-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", &path])
    }
}

/// `None`, with a line about it, where that is not allowed.
fn mount(directory: &Path, arguments: &[&str]) -> Option<Mount> {
    let output = Command::new("mount").args(arguments).output();
    if output.is_ok_and(|output| output.status.success()) {
        return Some(Mount(directory.into()));
    }
    eprintln!("skipped: mounting needs root, and a machine that lets it");
    None
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: whoever still has a file there keeps it to the end.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
