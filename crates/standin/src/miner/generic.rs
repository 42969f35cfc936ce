//! JSON over HTTP as the Node server took it from `MINER_API_URL`.

use std::io;

use serde_json::{Value, json};

use super::{Behaviour, Rig};
use crate::http;
use crate::wire::Wire;

const FLOOD: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\
                       \r\n{\"hashrate\":1,\"pool\":\"";

pub(super) fn serve(wire: &mut Wire<'_>, rig: &Rig) -> io::Result<()> {
    let Some(request) = http::read_request(wire, &mut Vec::new())? else {
        return Ok(());
    };
    let status = if request.method == "GET" { "200 OK" } else { "405 Method Not Allowed" };
    let body = rig.json(stats(rig));
    let mut reply = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend(body);
    wire.send(&reply, FLOOD, rig.fault())
}

/// Hashrates are in MH/s here.
fn stats(rig: &Rig) -> Value {
    let values = rig.values();
    let gpus: Vec<Value> = values
        .devices
        .iter()
        .map(|device| {
            json!({
                "id": device.index,
                "name": rig.name(device.name),
                "hashRate": f64::from(device.hashrate_hs) / 1e6,
                "temperature": device.temp_c,
                "fanSpeed": device.fan_percent,
                "powerUsage": device.power_w.round(),
            })
        })
        .collect();
    json!({
        "hashrate": f64::from(values.hashrate_hs()) / 1e6,
        "shares": {"accepted": values.accepted(), "rejected": values.rejected()},
        "power": values.devices.iter().map(|device| device.power_w).sum::<f64>().round(),
        "is_mining": rig.behaviour() != Behaviour::PoolDown,
        "uptime": values.uptime.as_secs(),
        "gpus": gpus,
    })
}
