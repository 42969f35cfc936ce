//! Which programs are started, with which arguments.
//!
//! Two forms are understood in `config.json`:
//! - `{"miner":{"command":["/path/program","arg",…]}}`, the whole command
//!   line, for any miner: one instance called `miner`;
//! - the Node server's settings, flat (`stratum_url`, `node_rpc`, `wallet`,
//!   `worker`) or nested (`miner.stratum`, …): the program of `MINER_PATH`
//!   with Node's arguments, one instance per GPU of `hardware-info.json`, or
//!   one for all GPUs where that file lists none. (NODE-COMPAT)
//!
//! An argument is passed to the program as it stands. There is no shell.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::config_file::{ConfigError, read_json};
use crate::hardware::listed;
use crate::miner_settings::{NODE_RPC, STRATUM, WALLET, WORKER};

/// Where control finds and leaves things.
#[derive(Debug, Clone)]
pub struct ControlPaths {
    pub config_dir: PathBuf,
    pub log_dir: PathBuf,
    pub miner_path: PathBuf,
    /// Tells our miners from those of another dashboard on the same machine.
    pub owner: String,
    /// Variables of our own that a miner has no business to see.
    pub withheld_env: &'static [&'static str],
}

/// One process to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Launch {
    pub name: String,
    pub gpu: Option<u32>,
    pub program: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<(&'static str, String)>,
    pub log: PathBuf,
}

/// Why nothing can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LaunchError {
    /// The program is not there; nothing is wrong with the configuration.
    NotInstalled(String),
    Wrong(String),
}

impl From<String> for LaunchError {
    fn from(why: String) -> Self {
        LaunchError::Wrong(why)
    }
}

impl From<ConfigError> for LaunchError {
    fn from(error: ConfigError) -> Self {
        LaunchError::Wrong(error.into())
    }
}

impl From<LaunchError> for String {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::NotInstalled(why) | LaunchError::Wrong(why) => why,
        }
    }
}

/// Reads the configuration and says what would be started, or in one
/// sentence why nothing can be.
pub(super) fn plan(paths: &ControlPaths) -> Result<Vec<Launch>, LaunchError> {
    let config = read_json(&paths.config_dir.join("config.json"))?.unwrap_or(Value::Null);
    let launches = match config.pointer("/miner/command") {
        Some(command) => vec![whole_command(command, paths)?],
        None => node_style(&config, paths)?,
    };
    for launch in &launches {
        check(launch)?;
    }
    Ok(launches)
}

fn whole_command(command: &Value, paths: &ControlPaths) -> Result<Launch, String> {
    let words: Option<Vec<String>> = command
        .as_array()
        .map(|words| words.iter().map(|word| word.as_str().map(str::to_owned)).collect())
        .unwrap_or_default();
    let mut words = words.unwrap_or_default().into_iter();
    let Some(program) = words.next() else {
        return Err(
            "miner.command in config.json must be a list of texts, the program first".to_owned()
        );
    };
    Ok(Launch {
        name: "miner".to_owned(),
        gpu: None,
        program: PathBuf::from(program),
        args: words.collect(),
        env: Vec::new(),
        log: paths.log_dir.join(log_name(None)),
    })
}

/// The Node server's command line: `--stratum URL --rpc URL`, then per GPU
/// `--opencl-device N`, then `--coinbase` and `--worker` where set.
fn node_style(config: &Value, paths: &ControlPaths) -> Result<Vec<Launch>, LaunchError> {
    let none = Map::new();
    let config = config.as_object().unwrap_or(&none);
    let [stratum, node_rpc, wallet, worker] = [&STRATUM, &NODE_RPC, &WALLET, &WORKER]
        .map(|setting| setting.text_or_default(config).to_owned());

    let gpus = listed(&paths.config_dir.join("hardware-info.json"))?.unwrap_or_default();
    let launch = |gpu: Option<u32>, env: Vec<(&'static str, String)>| {
        let mut args =
            vec!["--stratum".to_owned(), stratum.clone(), "--rpc".to_owned(), node_rpc.clone()];
        if let Some(gpu) = gpu {
            args.extend(["--opencl-device".to_owned(), gpu.to_string()]);
        }
        if !wallet.is_empty() {
            args.extend(["--coinbase".to_owned(), wallet.clone()]);
        }
        let worker = match gpu {
            Some(gpu) => format!("{worker}-gpu{gpu}"),
            None => worker.clone(),
        };
        args.extend(["--worker".to_owned(), worker]);
        let name = gpu.map_or_else(|| "miner".to_owned(), |gpu| format!("gpu{gpu}"));
        let program = paths.miner_path.clone();
        Launch { name, gpu, program, args, env, log: paths.log_dir.join(log_name(gpu)) }
    };
    if gpus.is_empty() {
        return Ok(vec![launch(None, Vec::new())]);
    }
    Ok((0u32..)
        .zip(&gpus)
        .map(|(index, gpu)| launch(Some(index), gpu_environment(index, gpu)))
        .collect())
}

/// Variables that the Node server sets for a GPU; the Polaris ones switch on
/// cards which AMD's own stack no longer lists. (NODE-COMPAT)
fn gpu_environment(index: u32, gpu: &Value) -> Vec<(&'static str, String)> {
    let mut env = vec![("GPU_DEVICE_ORDINAL", index.to_string())];
    let text = |key| gpu.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("vendor") == "amd" && matches!(text("architecture"), "polaris" | "polaris20") {
        for (name, value) in [
            ("ROC_ENABLE_PRE_VEGA", "1"),
            ("HSA_OVERRIDE_GFX_VERSION", "8.0.0"),
            ("GPU_FORCE_64BIT_PTR", "1"),
            ("GPU_MAX_HEAP_SIZE", "100"),
            ("GPU_USE_SYNC_OBJECTS", "1"),
        ] {
            env.push((name, value.to_owned()));
        }
    }
    env
}

/// The Node server's name for the log of a GPU's miner. (NODE-COMPAT)
pub(super) fn log_name(gpu: Option<u32>) -> String {
    gpu.map_or_else(|| "miner.log".to_owned(), |gpu| format!("miner-gpu{gpu}.log"))
}

fn check(launch: &Launch) -> Result<(), LaunchError> {
    if launch.args.iter().any(|arg| arg.chars().any(char::is_control)) {
        return Err("The miner's arguments contain control characters".to_owned().into());
    }
    let program = launch.program.display();
    match std::fs::metadata(&launch.program) {
        Ok(meta) if meta.is_file() && is_executable(&launch.program) => Ok(()),
        Ok(_) => Err(format!("{program} is not an executable file").into()),
        // NODE-COMPAT: Node's sentence.
        Err(_) => Err(LaunchError::NotInstalled(format!(
            "Miner not found at {program}. Run installation first."
        ))),
    }
}

fn is_executable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(config: &str, hardware: Option<&str>) -> (tempfile::TempDir, ControlPaths) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), config).unwrap();
        if let Some(hardware) = hardware {
            std::fs::write(dir.path().join("hardware-info.json"), hardware).unwrap();
        }
        let paths = ControlPaths {
            config_dir: dir.path().to_owned(),
            log_dir: PathBuf::from("/logs"),
            miner_path: PathBuf::from("/bin/true"),
            owner: String::new(),
            withheld_env: &[],
        };
        (dir, paths)
    }

    #[test]
    fn nodes_arguments_with_flat_and_nested_settings() {
        let flat =
            r#"{"stratum_url":"stratum://p:1","node_rpc":"http://n","wallet":"0x00","worker":"w"}"#;
        let nested = r#"{"miner":{"stratum":"stratum://p:1","wallet":"0x00","worker":"w"},"node":{"rpcUrl":"http://n"}}"#;
        for config in [flat, nested] {
            let (_dir, paths) = paths(
                config,
                Some(r#"{"gpus":[{"vendor":"nvidia"},{"vendor":"amd","architecture":"polaris"}]}"#),
            );
            let launches = plan(&paths).unwrap();
            let [first, second] = launches.as_slice() else { panic!("{launches:?}") };
            assert_eq!(
                first.args.join(" "),
                "--stratum stratum://p:1 --rpc http://n --opencl-device 0 --coinbase 0x00 --worker w-gpu0"
            );
            assert_eq!(first.log, Path::new("/logs/miner-gpu0.log"));
            assert_eq!(first.env.len(), 1);
            assert_eq!((second.name.as_str(), second.env.len()), ("gpu1", 6));
        }
    }

    #[test]
    fn without_files_one_instance_with_nodes_defaults() {
        let (dir, paths) = paths("{}", None);
        std::fs::remove_file(dir.path().join("config.json")).unwrap();
        let launches = plan(&paths).unwrap();
        assert_eq!(
            launches[0].args.join(" "),
            "--stratum stratum://localhost:3333 --rpc http://localhost:8545 --worker rig1"
        );
        assert_eq!(launches[0].name, "miner");
    }

    #[test]
    fn a_command_line_is_taken_word_by_word() {
        let (_dir, paths) = paths(r#"{"miner":{"command":["/bin/true","$(reboot)","a b"]}}"#, None);
        assert_eq!(plan(&paths).unwrap()[0].args, ["$(reboot)", "a b"]);
    }

    #[test]
    fn what_cannot_be_started_says_why() {
        let check = |config: &str, expected: &str| {
            let (_dir, paths) = paths(config, None);
            let reason = String::from(plan(&paths).unwrap_err());
            assert!(reason.contains(expected), "{reason}");
        };
        check("{", "not valid JSON");
        check(r#"{"miner":{"command":"miner -a kawpow"}}"#, "must be a list");
        check(r#"{"miner":{"command":["/bin/true",1]}}"#, "must be a list");
        check(r#"{"miner":{"command":["/nowhere/miner"]}}"#, "Miner not found at /nowhere/miner");
        check(r#"{"miner":{"command":["/etc/passwd"]}}"#, "not an executable");
        check(r#"{"worker":"a\nb"}"#, "control characters");
    }
}
