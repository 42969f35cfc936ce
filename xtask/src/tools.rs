//! Programs that a check needs and cargo does not bring.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use crate::Result;
use crate::process::{command, run};

/// Where the program is, after installing Debian's packages if it was missing
/// and we may. The error is the reason to skip what needs it.
pub(crate) fn ensure(program: &str, packages: &[&str]) -> Result<PathBuf> {
    if let Some(found) = find(program) {
        return Ok(found);
    }
    let missing = format!("{program} is not installed");
    if !rustix::process::geteuid().is_root() {
        return Err(format!("{missing}; it comes with: apt-get install {}", packages.join(" ")));
    }
    if find("apt-get").is_none() {
        return Err(format!("{missing}, and there is no apt-get to install it with"));
    }
    install(packages).map_err(|error| format!("{missing}: {error}"))?;
    find(program).ok_or(missing)
}

/// Looks along PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

fn install(packages: &[&str]) -> Result {
    static UPDATED: OnceLock<Result> = OnceLock::new();
    let apt = |arguments: &[&str]| {
        let mut command = command("apt-get", arguments);
        run(command.env("DEBIAN_FRONTEND", "noninteractive"), Duration::from_secs(300))
    };
    UPDATED.get_or_init(|| apt(&["update", "--quiet"])).clone()?;
    apt(&[&["install", "--yes", "--quiet", "--no-install-recommends"], packages].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_on_the_path() {
        assert!(find("ls").is_some_and(|path| path.is_absolute()));
        assert!(find("no-such-program").is_none());
    }
}
