//! The release: one fully static binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{cargo, command, output, run as run_command};
use crate::project::{self, TARGET};
use crate::{Result, tools};

/// Without libraries of the system; the addresses to adjust at the start in
/// their short form, which are a quarter of a megabyte otherwise; and without
/// tables for unwinding. The path is as seen from the root, where Cargo runs
/// the compiler, so that the same flags give the same bytes anywhere.
const FLAGS: &str = "-C target-feature=+crt-static \
    -C link-arg=-Wl,-z,pack-relative-relocs,--no-eh-frame-hdr,xtask/src/no-unwinding.ld";

pub(crate) const BINARY: &str = "quaiminer-dashboard";
pub(crate) const SIZE_CAP_BYTES: u64 = 10_000_000;

/// Builds, checks, and returns where it is.
pub(crate) fn run() -> Result<PathBuf> {
    build(&["--package", BINARY, "--bin", BINARY])?;
    let built = built_dir()?.join(BINARY);
    let dist = project::dist_dir()?;
    let binary = dist.join(BINARY);
    fs::create_dir_all(&dist)
        .and_then(|()| fs::copy(&built, &binary))
        .map_err(|error| format!("{}: {error}", binary.display()))?;
    check_static(&binary)?;
    let bytes = size_bytes(&binary)?;
    println!("{}: {:.2} MB, static", binary.display(), bytes as f64 / 1e6);
    if bytes > SIZE_CAP_BYTES {
        return Err(format!("the binary has {bytes} bytes; at most {SIZE_CAP_BYTES} are allowed"));
    }
    match check_empty_root(&binary)? {
        Tried::Yes => println!("starts in an empty root"),
        Tried::No(reason) => println!("not tried in an empty root: {reason}"),
    }
    Ok(binary)
}

/// Builds what cargo's arguments name, with the release's flags.
pub(crate) fn build(arguments: &[&str]) -> Result {
    /// Fat link-time optimisation on two slow cores.
    const DEADLINE: Duration = Duration::from_secs(1800);
    let fixed = ["build", "--release", "--locked", "--target", TARGET];
    let mut cargo = cargo(&[&fixed, arguments].concat());
    // With --target the flags reach the product only, not build scripts.
    cargo.current_dir(project::root()).env("RUSTFLAGS", FLAGS);
    run_command(&mut cargo, DEADLINE)
}

/// Where [`build`] puts it.
pub(crate) fn built_dir() -> Result<PathBuf> {
    Ok(project::target_dir()?.join(TARGET).join("release"))
}

pub(crate) fn size_bytes(file: &Path) -> Result<u64> {
    let metadata = fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(metadata.len())
}

fn check_static(binary: &Path) -> Result {
    let mut ldd = command("ldd", &[]);
    ldd.arg(binary).env("LC_ALL", "C");
    // It says so on either stream, with either exit code, depending on the
    // kind of static binary.
    let said = ldd.output().map_err(|error| format!("ldd cannot be started: {error}"))?;
    let said = [said.stdout, said.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    if said.contains("not a dynamic executable") || said.contains("statically linked") {
        return Ok(());
    }
    Err(format!("{} is not static; ldd says:\n{said}", binary.display()))
}

enum Tried {
    Yes,
    No(&'static str),
}

/// A root that holds nothing but the binary has no library to load, no name
/// service and no configuration.
fn check_empty_root(binary: &Path) -> Result<Tried> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Tried::No("only root can change the root"));
    }
    let Some(chroot) = tools::find("chroot") else {
        return Ok(Tried::No("chroot is not installed"));
    };
    let dir = project::fresh_dir("empty-root")?;
    fs::copy(binary, dir.join(BINARY)).map_err(|error| format!("{}: {error}", dir.display()))?;
    let inside = format!("/{BINARY}");
    let mut chroot = command(chroot, &[]);
    let said = output(chroot.arg(&dir).args([&inside, "--version"]).env_clear())?;
    if said.contains(env!("CARGO_PKG_VERSION")) {
        return Ok(Tried::Yes);
    }
    Err(format!("--version in an empty root printed {said:?}"))
}
