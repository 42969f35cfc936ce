//! Where things are in this project.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::Result;
use crate::process::{cargo, command, output};

/// The one platform of the release.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// A path inside the project.
pub(crate) fn path(inside: &str) -> PathBuf {
    root().join(inside)
}

/// `cargo metadata` of the workspace and all it depends on, for [`TARGET`].
pub(crate) fn metadata() -> Result<&'static Value> {
    static METADATA: OnceLock<Result<Value>> = OnceLock::new();
    let read = || {
        let arguments =
            ["metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET];
        let text = output(cargo(&arguments).current_dir(root()))?;
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
    };
    METADATA.get_or_init(read).as_ref().map_err(Clone::clone)
}

/// Where cargo builds.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let target = metadata()?.get("target_directory").and_then(Value::as_str);
    target.map(PathBuf::from).ok_or_else(|| "cargo metadata names no target directory".to_owned())
}

/// The folder that measurements and releases are put into.
pub(crate) fn dist_dir() -> Result<PathBuf> {
    Ok(target_dir()?.join("dist"))
}

/// Every file of the project, as it is or would be committed; relative.
pub(crate) fn files() -> Result<Vec<String>> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let text = output(command("git", &arguments).current_dir(root()))?;
    let mut files: Vec<String> =
        text.split('\0').filter(|file| path(file).is_file()).map(str::to_owned).collect();
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

/// An empty folder below the target directory: unlike a temporary one it is
/// on a real disk, where what is written can be counted.
pub(crate) fn fresh_dir(name: &str) -> Result<PathBuf> {
    let dir = target_dir()?.join(name);
    let cannot = |error: std::io::Error| format!("{}: {error}", dir.display());
    match std::fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(cannot(error)),
        _ => {}
    }
    std::fs::create_dir_all(&dir).map_err(cannot)?;
    Ok(dir)
}
