//! XMRig: HTTP, one request per connection.

use std::io;

use serde_json::{Value, json};

use super::{Behaviour, Device, Rig, put, recorded};
use crate::http::{self, Request};
use crate::wire::Wire;

const SUMMARY: &str = include_str!("../../fixtures/xmrig/2_summary.json");
const SUMMARY_1: &str = include_str!("../../fixtures/xmrig/1_summary.json");
const SUMMARY_PAUSED: &str = include_str!("../../fixtures/xmrig/2_summary_paused.json");
const SUMMARY_POOL_DOWN: &str = include_str!("../../fixtures/xmrig/2_summary_pool_down.json");
const BACKENDS: &str = include_str!("../../fixtures/xmrig/2_backends.json");
const UNAUTHORIZED: &str = include_str!("../../fixtures/xmrig/401.json");
const FORBIDDEN: &str = include_str!("../../fixtures/xmrig/2_config_restricted.json");
const NOT_FOUND: &str = include_str!("../../fixtures/xmrig/404.json");

/// The recorded headers, but for the length.
const HEADERS: &str = "Access-Control-Allow-Headers: Authorization, Content-Type\r\n\
                       Access-Control-Allow-Methods: GET, PUT, POST, DELETE\r\n\
                       Access-Control-Allow-Origin: *\r\n\
                       Connection: close\r\n";
const FLOOD: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\
                       \r\n{\"id\":\"";

pub(super) fn serve(wire: &mut Wire<'_>, rig: &Rig) -> io::Result<()> {
    let Some(request) = http::read_request(wire, &mut Vec::new())? else {
        return Ok(());
    };
    let (status, answer) = answer(&request, rig);
    let body = rig.json(answer);
    let mut reply = format!(
        "HTTP/1.1 {status}\r\n{HEADERS}Content-Length: {}\r\nContent-Type: application/json\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend(body);
    wire.send(&reply, FLOOD, rig.fault())
}

fn answer(request: &Request, rig: &Rig) -> (&'static str, Value) {
    if let Some(password) = &rig.options.password
        && request.header("authorization") != Some(&format!("Bearer {password}"))
    {
        return ("401 Unauthorized", recorded(UNAUTHORIZED));
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/2/summary") => ("200 OK", summary(rig, SUMMARY)),
        ("GET", "/1/summary" | "/api.json") => ("200 OK", summary(rig, SUMMARY_1)),
        ("GET", "/2/backends") => ("200 OK", backends(rig)),
        // Restricted, as we start it.
        (_, "/1/config" | "/2/config" | "/json_rpc") => ("403 Forbidden", recorded(FORBIDDEN)),
        _ => ("404 Not Found", recorded(NOT_FOUND)),
    }
}

fn summary(rig: &Rig, usual: &str) -> Value {
    let values = rig.values();
    let behaviour = rig.behaviour();
    let mut reply = recorded(match behaviour {
        Behaviour::PoolDown => SUMMARY_POOL_DOWN,
        Behaviour::Paused => SUMMARY_PAUSED,
        _ => usual,
    });
    let uptime_s = values.uptime.as_secs();
    let rejected = values.rejected() + values.invalid();
    put(&mut reply, "/worker_id", rig.name("rig01"));
    put(&mut reply, "/uptime", uptime_s);
    put(&mut reply, "/algo", "kawpow");
    put(&mut reply, "/results/shares_good", values.accepted());
    put(&mut reply, "/results/shares_total", values.accepted() + rejected);
    put(&mut reply, "/connection/pool", rig.name("127.0.0.1:3333"));
    put(&mut reply, "/connection/algo", "kawpow");
    put(&mut reply, "/connection/accepted", values.accepted());
    put(&mut reply, "/connection/rejected", rejected);
    if matches!(behaviour, Behaviour::PoolDown | Behaviour::Paused) {
        return reply;
    }
    put(&mut reply, "/connection/uptime", uptime_s);
    put(&mut reply, "/connection/uptime_ms", values.uptime.as_millis() as u64);
    put(&mut reply, "/hashrate/total", windows(values.hashrate_hs(), uptime_s));
    put(&mut reply, "/hashrate/highest", values.hashrate_hs());
    if usual == SUMMARY_1 {
        let threads: Vec<Value> =
            values.devices.iter().map(|device| windows(device.hashrate_hs, uptime_s)).collect();
        put(&mut reply, "/hashrate/threads", threads);
    }
    reply
}

/// Hashrate over 10 s, 60 s and 15 minutes; null until the window is full.
fn windows(hashrate_hs: u32, uptime_s: u64) -> Value {
    let window =
        |length_s: u64| if uptime_s >= length_s { json!(hashrate_hs) } else { Value::Null };
    json!([window(10), window(60), window(900)])
}

/// The recording is of a CPU; the form of a CUDA backend and its sensors is
/// that of the program's source.
fn backends(rig: &Rig) -> Value {
    let values = rig.values();
    let uptime_s = values.uptime.as_secs();
    let threads: Vec<Value> =
        values.devices.iter().map(|device| thread(device, uptime_s, rig)).collect();
    let mut reply = recorded(BACKENDS);
    put(&mut reply, "/0/enabled", false);
    put(
        &mut reply,
        "/2",
        json!({
            "type": "cuda",
            "enabled": true,
            "algo": "kawpow",
            "profile": "kawpow",
            "hashrate": windows(values.hashrate_hs(), uptime_s),
            "threads": threads,
        }),
    );
    reply
}

fn thread(device: &Device, uptime_s: u64, rig: &Rig) -> Value {
    json!({
        "index": device.index,
        "hashrate": windows(device.hashrate_hs, uptime_s),
        "name": rig.name(device.name),
        "bus_id": format!("{:02X}:00.0", device.bus),
        "health": {
            "temperature": device.temp_c,
            "power": device.power_w.round() as u32,
            "clock": 1500,
            "mem_clock": 9501,
            "fan_speed": [device.fan_percent],
        },
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn headers_are_the_recorded_ones() {
        let recorded = include_str!("../../fixtures/xmrig/headers.txt");
        for line in super::HEADERS.lines() {
            assert!(recorded.contains(&format!("{line}\r\n")), "{line}");
        }
    }
}
