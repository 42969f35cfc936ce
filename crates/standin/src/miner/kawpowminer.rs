//! kawpowminer and quai-gpu-miner: JSON-RPC in lines over TCP (ethminer's API).

use std::io;

use serde_json::{Value, json};

use super::{Behaviour, Rig, put, recorded};
use crate::lies::GARBAGE;
use crate::wire::Wire;

const STAT1: &str = include_str!("../../fixtures/kawpowminer/getstat1.json");
const DETAIL: &str = include_str!("../../fixtures/kawpowminer/getstatdetail.json");
const DETAIL_STARTING: &str =
    include_str!("../../fixtures/kawpowminer/starting_getstatdetail.json");
const DETAIL_PAUSED: &str = include_str!("../../fixtures/kawpowminer/paused_getstatdetail.json");
const DETAIL_POOL_DOWN: &str =
    include_str!("../../fixtures/kawpowminer/pooldown_getstatdetail.json");
const CONNECTIONS: &str = include_str!("../../fixtures/kawpowminer/getconnections.json");
const SCRAMBLER: &str = include_str!("../../fixtures/kawpowminer/getscramblerinfo.json");
const PING: &str = include_str!("../../fixtures/kawpowminer/ping.json");
const PARSE_ERROR: &str = include_str!("../../fixtures/kawpowminer/parse_error.json");
const UNKNOWN_METHOD: &str = include_str!("../../fixtures/kawpowminer/unknown_method.json");
const NO_AUTH: &str = include_str!("../../fixtures/kawpowminer/noauth.json");
const BAD_AUTH: &str = include_str!("../../fixtures/kawpowminer/badauth.json");

const POOL: &str = "127.0.0.1:3334";
const USER: &str = "0x0012345678901234567890123456789012345678.rig01";

/// Methods that change something. The API is bound read-only, as we start it.
const WRITES: [&str; 9] = [
    "miner_restart",
    "miner_reboot",
    "miner_shuffle",
    "miner_setactiveconnection",
    "miner_addconnection",
    "miner_removeconnection",
    "miner_setscramblerinfo",
    "miner_pausegpu",
    "miner_setverbosity",
];

/// A browser that comes to the port is sent a page, with this status line.
const PAGE: &[u8] = b"HTTP/1.1 200 Ok Error\r\nServer: kawpowminer\r\nContent-Type: text/html; \
                      charset=utf-8\r\nConnection: close\r\n\r\n<!doctype html><title>\
                      kawpowminer</title>";
const FLOOD: &[u8] = br#"{"id":1,"jsonrpc":"2.0","result":{"host":{"name":""#;
const LINE_CAP_BYTES: usize = 64 << 10;

pub(super) fn serve(wire: &mut Wire<'_>, rig: &Rig) -> io::Result<()> {
    let mut pending = Vec::new();
    let mut authorised = rig.options.password.is_none();
    let mut chunk = [0; 4096];
    loop {
        let length = wire.read(&mut chunk)?;
        if length == 0 || pending.len() > LINE_CAP_BYTES {
            return Ok(());
        }
        pending.extend_from_slice(chunk.get(..length).unwrap_or_default());
        if pending.starts_with(b"GET ") {
            rig.count();
            return wire.send(PAGE, PAGE, rig.fault());
        }
        // The program's bug: the replies to what came in one read are
        // collected, and with each the whole collection is sent again.
        let mut replies = Vec::new();
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            replies.extend(answer(&line, rig, &mut authorised));
            replies.push(b'\n');
            wire.send(&replies, FLOOD, rig.fault())?;
        }
    }
}

fn answer(line: &[u8], rig: &Rig, authorised: &mut bool) -> Vec<u8> {
    let Ok(request) = serde_json::from_slice::<Value>(line) else {
        rig.count();
        return match rig.behaviour() {
            Behaviour::Garbage => GARBAGE.to_vec(),
            _ => PARSE_ERROR.trim_end().as_bytes().to_vec(),
        };
    };
    let method = request.get("method").and_then(Value::as_str).unwrap_or_default();
    let mut reply = if method == "api_authorize" {
        let given = request.pointer("/params/psw").and_then(Value::as_str);
        *authorised = rig.options.password.is_none() || given == rig.options.password.as_deref();
        // A success has neither result nor error.
        if *authorised { json!({"id": 1, "jsonrpc": "2.0"}) } else { recorded(BAD_AUTH) }
    } else if !*authorised {
        recorded(NO_AUTH)
    } else {
        match method {
            "miner_ping" => recorded(PING),
            "miner_getstat1" => stat1(rig),
            "miner_getstatdetail" => detail(rig),
            "miner_getconnections" => connections(rig),
            "miner_getscramblerinfo" => recorded(SCRAMBLER),
            write if WRITES.contains(&write) => {
                json!({"error": {"code": -32601, "message": "Method not available"}, "id": 1, "jsonrpc": "2.0"})
            }
            _ => recorded(UNKNOWN_METHOD),
        }
    };
    put(&mut reply, "/id", request.get("id").cloned().unwrap_or_default());
    rig.json(reply)
}

fn stat1(rig: &Rig) -> Value {
    let values = rig.values();
    let devices = &values.devices;
    let joined = |each: &dyn Fn(&super::Device) -> String| {
        devices.iter().map(each).collect::<Vec<_>>().join(";")
    };
    let mut reply = recorded(STAT1);
    let total =
        format!("{};{};{}", values.hashrate_hs() / 1000, values.accepted(), values.rejected());
    put(&mut reply, "/result/1", (values.uptime.as_secs() / 60).to_string());
    put(&mut reply, "/result/2", total);
    put(&mut reply, "/result/3", joined(&|device| (device.hashrate_hs / 1000).to_string()));
    put(&mut reply, "/result/5", joined(&|_| "off".to_owned()));
    put(
        &mut reply,
        "/result/6",
        joined(&|device| format!("{};{}", device.temp_c, device.fan_percent)),
    );
    put(&mut reply, "/result/7", rig.name(POOL));
    put(&mut reply, "/result/8", format!("{};0;0;0", values.invalid()));
    reply
}

fn detail(rig: &Rig) -> Value {
    let values = rig.values();
    let template = match rig.behaviour() {
        Behaviour::PoolDown => DETAIL_POOL_DOWN,
        Behaviour::Paused => DETAIL_PAUSED,
        _ if values.hashrate_hs() == 0 => DETAIL_STARTING,
        _ => DETAIL,
    };
    let mut reply = recorded(template);
    let devices: Vec<Value> =
        values.devices.iter().map(|device| self::device(&reply, device, rig)).collect();
    let total = [values.accepted(), values.rejected(), values.invalid(), values.last_share_age_s()];
    put(&mut reply, "/result/devices", devices);
    put(&mut reply, "/result/connection/uri", uri(rig));
    put(&mut reply, "/result/host/name", rig.name("rig01"));
    put(&mut reply, "/result/host/runtime", values.uptime.as_secs());
    put(&mut reply, "/result/mining/hashrate", hex(values.hashrate_hs()));
    put(&mut reply, "/result/mining/shares", total.to_vec());
    reply
}

/// One device, made from the first (or, paused, the last) of the recording.
fn device(recording: &Value, device: &super::Device, rig: &Rig) -> Value {
    let pointer = if device.paused { "/result/devices/1" } else { "/result/devices/0" };
    let mut told = recording.pointer(pointer).cloned().unwrap_or_default();
    let shares =
        [device.accepted, device.rejected, device.invalid, device.last_share_age_s].to_vec();
    put(&mut told, "/_index", device.index);
    put(&mut told, "/_mode", if device.name.starts_with("NVIDIA") { "CUDA" } else { "OpenCL" });
    put(&mut told, "/hardware/name", rig.name(device.name));
    put(&mut told, "/hardware/pci", format!("{:02x}:00.0", device.bus));
    put(&mut told, "/hardware/type", "GPU");
    put(
        &mut told,
        "/hardware/sensors",
        json!([device.temp_c, device.fan_percent, (device.power_w * 100.0).round() / 100.0]),
    );
    put(&mut told, "/mining/hashrate", hex(device.hashrate_hs));
    put(&mut told, "/mining/shares", shares);
    told
}

fn connections(rig: &Rig) -> Value {
    let mut reply = recorded(CONNECTIONS);
    put(&mut reply, "/result/0/uri", uri(rig));
    reply
}

fn uri(rig: &Rig) -> String {
    format!("stratum+tcp://{}@{POOL}", rig.name(USER))
}

/// Eight digits, as the program writes it.
fn hex(hashrate_hs: u32) -> String {
    format!("0x{hashrate_hs:08x}")
}
