//! cpuminer-opt: a text command, a text answer, a NUL, the end.

use std::io;

use super::{Behaviour, Rig};
use crate::lies;
use crate::wire::Wire;

const SUMMARY: &str = include_str!("../../fixtures/cpuminer/summary.txt");
const HELP: &str = include_str!("../../fixtures/cpuminer/help.txt");
const FLOOD: &[u8] = b"NAME=";

pub(super) fn serve(wire: &mut Wire<'_>, rig: &Rig) -> io::Result<()> {
    // The program, too, reads once and takes what has come.
    let mut command = [0; 256];
    let length = wire.read(&mut command)?;
    if length == 0 {
        return Ok(());
    }
    let command = String::from_utf8_lossy(command.get(..length).unwrap_or_default()).into_owned();
    let answer = answer(command.trim(), rig);
    wire.send(&answer, FLOOD, rig.fault())
}

fn answer(command: &str, rig: &Rig) -> Vec<u8> {
    let turn = rig.count();
    if rig.behaviour() == Behaviour::Garbage {
        return [lies::GARBAGE, b"|\0"].concat();
    }
    match command {
        "summary" => summary(rig, turn).into_bytes(),
        "threads" => threads(rig, turn).into_bytes(),
        "help" => HELP.as_bytes().to_vec(),
        // Other commands are closed on without a word.
        _ => Vec::new(),
    }
}

/// The recorded line with other values.
fn summary(rig: &Rig, turn: usize) -> String {
    let values = rig.values();
    let hashrate_hs = f64::from(values.hashrate_hs());
    let fields = SUMMARY.trim_end_matches(['|', '\0']).split(';').enumerate();
    let written: Vec<String> = fields
        .map(|(place, field)| {
            let (key, recorded) = field.split_once('=').unwrap_or((field, ""));
            let value = match key {
                _ if rig.behaviour() == Behaviour::Lie => {
                    lies::lie_in_text(turn + place).to_owned()
                }
                "NAME" => rig.name(recorded),
                "URL" => rig.name("127.0.0.1:3335"),
                "CPUS" => values.devices.len().to_string(),
                "HS" => format!("{hashrate_hs:.2}"),
                "KHS" => format!("{:.2}", hashrate_hs / 1000.0),
                "ACC" => values.accepted().to_string(),
                "REJ" => values.rejected().to_string(),
                "UPTIME" => values.uptime.as_secs().to_string(),
                "TS" => crate::unix_ms().div_euclid(1000).to_string(),
                _ => recorded.to_owned(),
            };
            format!("{key}={value}")
        })
        .collect();
    // The program writes C strings: nothing follows a NUL.
    format!("{}|\0", written.join(";").replace('\0', ""))
}

fn threads(rig: &Rig, turn: usize) -> String {
    let mut text = String::new();
    for device in rig.values().devices {
        let hashrate_mhs = match rig.behaviour() {
            Behaviour::Lie => lies::lie_in_text(turn + device.index as usize).to_owned(),
            _ => format!("{:.2}", f64::from(device.hashrate_hs) / 1e6),
        };
        text += &format!("CPU={};MH/s={hashrate_mhs}|", device.index);
    }
    text + "\0"
}

#[cfg(test)]
mod tests {
    #[test]
    fn threads_have_the_recorded_form() {
        let recorded = include_str!("../../fixtures/cpuminer/threads.txt");
        assert_eq!(recorded, "CPU=0;MH/s=32.58|\0");
    }
}
