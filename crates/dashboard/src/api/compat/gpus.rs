//! `/api/gpus`, `/api/gpu/list`, `/api/hardware/…`: the cards of the rig, and
//! what a miner says of each right now. A card and a miner's device are the
//! same if they have the same PCI address.

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::Fact;
use quaiminer_domain::hardware::{Card, Vendor};
use quaiminer_domain::miner::GpuReading;
use quaiminer_domain::snapshot::Snapshot;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{Schema, boolean, exactly, integer, list, number, object, one_of, text};
use super::{HASHES_PER_MH, availability, or_zero};
use crate::access::Access;
use crate::app::{App, SharedApp};

const NOT_TOLD_OF: &str = "No miner tells of this card";

pub fn routes() -> Vec<Route> {
    let listed = || Doc::new("The cards of the rig; their order numbers them").gives(schema());
    vec![
        Route::get("/api/gpus", Access::VIEW, get).doc(listed),
        Route::get("/api/gpu/list", Access::VIEW, get).doc(listed),
        Route::get("/api/hardware/detect", Access::VIEW, detect).doc(|| {
            let card = object([("vendor", vendor()), ("model", text())]);
            Doc::new("The first card, NVIDIA before others")
                .gives(object([("success", exactly(true)), ("gpu", card.or_null())]))
        }),
        Route::get("/api/hardware/drivers", Access::VIEW, drivers).doc(|| {
            Doc::new("The driver that the system has loaded for its cards").gives(object([
                ("success", exactly(true)),
                ("installed", boolean()),
                ("version", text().or_null()),
                ("vendor", vendor().or_null()),
            ]))
        }),
    ]
}

fn vendor() -> Schema {
    one_of(&["nvidia", "amd", "intel"])
}

fn schema() -> Schema {
    let card = object([
        ("index", integer()),
        ("id", integer()),
        ("vendor", text()),
        ("model", text()),
        ("name", text()),
        ("architecture", text()),
        ("memory_mb", integer()),
        ("temperature", number().about("°C")),
        ("power_watts", number()),
        ("hashRate", number().about("MH/s")),
        ("fanSpeed", number().about("%")),
        ("opencl_available", boolean()),
        ("optimized", boolean()),
    ]);
    object([("success", exactly(true)), ("gpus", list(card.with_availability()))])
}

async fn get(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let gpus = all(&app).await?;
    let gpus: Vec<Value> = gpus.iter().enumerate().map(|(id, gpu)| gpu.render(id).into()).collect();
    Ok(answer::ok(&json!({ "success": true, "gpus": gpus })))
}

async fn detect(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let gpus = all(&app).await?;
    let of = |vendor| gpus.iter().find(|gpu| gpu.vendor() == Some(vendor));
    let first = Vendor::ALL.into_iter().find_map(|vendor| Some((vendor, of(vendor)?)));
    let gpu = first.map(|(vendor, gpu)| json!({ "vendor": vendor.name(), "model": gpu.model() }));
    Ok(answer::ok(&json!({ "success": true, "gpu": gpu })))
}

async fn drivers(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let driver = app.rig.hardware.driver().await.map_err(unavailable)?;
    Ok(answer::ok(&json!({
        "success": true,
        "installed": driver.is_some(),
        "version": driver.as_ref().and_then(|driver| driver.version.known()),
        "vendor": driver.as_ref().map(|driver| driver.vendor.name()),
    })))
}

/// A card, and the miner's view of it.
pub struct Gpu {
    card: Option<Card>,
    reading: Option<GpuReading>,
}

/// By number. Where the system shows no card at all, those that a miner tells
/// of.
pub async fn all(app: &App) -> Result<Vec<Gpu>, ApiError> {
    let cards = app.rig.hardware.cards().await.map_err(unavailable)?;
    Ok(joined(cards, &app.rig.snapshot()))
}

/// For who shows what runs: those that the miners tell of, where none of them
/// is one of the cards or the cards cannot be looked at.
pub async fn all_or_told(app: &App, snapshot: &Snapshot) -> Vec<Gpu> {
    let told = told(snapshot);
    let is_told = |gpu: &Gpu| gpu.reading.is_some();
    match app.rig.hardware.cards().await.map(|cards| joined(cards, snapshot)) {
        Ok(gpus) if told.is_empty() || gpus.iter().any(is_told) => gpus,
        _ => told,
    }
}

fn told(snapshot: &Snapshot) -> Vec<Gpu> {
    let readings = snapshot.gpus().cloned();
    readings.map(|reading| Gpu { card: None, reading: Some(reading) }).collect()
}

fn joined(cards: Vec<Card>, snapshot: &Snapshot) -> Vec<Gpu> {
    if cards.is_empty() {
        return told(snapshot);
    }
    cards
        .into_iter()
        .map(|card| {
            let is_it = |reading: &&GpuReading| match (card.pci.get(), reading.pci.get()) {
                (Some(card), Some(reading)) => card == reading,
                _ => false,
            };
            let reading = snapshot.gpus().find(is_it).cloned();
            Gpu { card: Some(card), reading }
        })
        .collect()
}

/// Cards of which no miner tells, in the shape of those of which one does.
pub fn idle(cards: Vec<Card>) -> Vec<Value> {
    let cards = cards.into_iter().map(|card| Gpu { card: Some(card), reading: None });
    let idle = cards.enumerate().map(|(id, gpu)| {
        json!({
            "id": id,
            "name": gpu.model(),
            "hashRate": 0,
            "temperature": 0,
            "fanSpeed": 0,
            "powerUsage": 0,
            "memoryTemp": 0,
            "available": false,
            "reason": NOT_TOLD_OF,
        })
    });
    idle.collect()
}

fn unavailable(why: String) -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Failed to get GPUs", why)
}

impl Gpu {
    fn vendor(&self) -> Option<Vendor> {
        self.card.as_ref().and_then(|card| card.vendor.get())
    }

    /// What is known of its name; pages paste it into HTML.
    pub fn model(&self) -> String {
        let card = self.card.as_ref().and_then(|card| card.model.known());
        let reading = self.reading.as_ref().and_then(|reading| reading.name.known());
        let model = match (card.or(reading), self.vendor()) {
            (Some(model), _) => model.as_str(),
            (None, Some(vendor)) => return format!("{} GPU", vendor.title()),
            (None, None) => "GPU",
        };
        model.chars().filter(|c| !matches!(c, '<' | '>' | '&' | '"' | '\'')).collect()
    }

    /// As people write it; pages expect `AMD` or `NVIDIA`.
    pub fn vendor_title(&self) -> &'static str {
        self.vendor().map_or("unknown", Vendor::title)
    }

    /// A number that only a running miner tells.
    pub fn live(&self, field: fn(&GpuReading) -> &Fact<f64>) -> Fact<f64> {
        match &self.reading {
            Some(reading) => field(reading).clone(),
            None => Fact::unknown(NOT_TOLD_OF),
        }
    }

    pub fn render(&self, index: usize) -> Map<String, Value> {
        let card = self.card.as_ref();
        let temperature = self.live(|reading| &reading.temp_c);
        let power = self.live(|reading| &reading.power_w);
        let hashrate = self.live(|reading| &reading.hashrate_hs).map(|hs| hs / HASHES_PER_MH);
        let fan = self.live(|reading| &reading.fan_percent);
        let missing = [&temperature, &power, &hashrate, &fan].into_iter().find_map(Fact::reason);
        let architecture = card.and_then(|card| card.architecture.known());
        let memory = card.and_then(|card| card.memory_bytes.get()).unwrap_or_default();
        let pci = card.and_then(|card| card.pci.get());
        let pci = pci.or_else(|| self.reading.as_ref().and_then(|reading| reading.pci.get()));
        let mut body = Map::from_iter(
            [
                ("index", index.into()),
                ("id", index.into()),
                ("vendor", self.vendor().map_or("unknown", Vendor::name).into()),
                ("model", self.model().into()),
                ("name", self.model().into()),
                ("architecture", architecture.map_or("unknown", String::as_str).into()),
                ("memory_mb", (memory >> 20).into()),
                ("temperature", or_zero(&temperature)),
                ("power_watts", or_zero(&power)),
                ("hashRate", or_zero(&hashrate)),
                ("fanSpeed", or_zero(&fan)),
                (
                    "opencl_available",
                    card.and_then(|card| card.opencl.get()).unwrap_or(false).into(),
                ),
                ("optimized", card.is_some_and(|card| card.optimized).into()),
                ("pci_id", pci.map(|pci| pci.to_string()).into()),
            ]
            .map(|(name, value): (&str, Value)| (name.to_owned(), value)),
        );
        availability(&mut body, missing.map(AsRef::as_ref));
        body
    }
}

#[cfg(test)]
mod tests {
    use quaiminer_domain::control::ControlState;
    use quaiminer_domain::fact::Reading;
    use quaiminer_domain::miner::{Activity, MinerReading, Pool, Shares};
    use quaiminer_domain::pci::PciAddress;
    use quaiminer_domain::snapshot::{Source, StoreHealth};

    use super::*;

    const NONE: &str = "not told";

    fn reading(pci: &str, temp_c: f64) -> GpuReading {
        GpuReading {
            index: 0,
            name: Fact::Known("<b>Card".to_owned()),
            pci: Fact::from_option(PciAddress::parse(pci), NONE),
            paused: None,
            hashrate_hs: Fact::Known(10.5e6),
            shares: Shares::unknown(NONE),
            temp_c: Fact::Known(temp_c),
            memory_temp_c: Fact::unknown(NONE),
            fan_percent: Fact::Known(60.0),
            power_w: Fact::Known(120.0),
        }
    }

    fn snapshot(gpus: Vec<GpuReading>) -> Snapshot {
        let reading = MinerReading {
            program: "miner".to_owned(),
            version: Fact::unknown(NONE),
            uptime_s: Fact::unknown(NONE),
            algorithm: Fact::unknown(NONE),
            activity: Activity::Mining,
            hashrate_hs: Fact::unknown(NONE),
            shares: Shares::unknown(NONE),
            pool: Pool::unknown(NONE),
            power_w: Fact::unknown(NONE),
            earnings: Fact::unknown(NONE),
            gpus,
        };
        let unknown = || "none".into();
        Snapshot {
            at_ms: 0,
            demo: false,
            miners: vec![Source {
                address: String::new(),
                reading: Reading::Known { value: reading, at_ms: 0 },
            }],
            node: Source {
                address: String::new(),
                reading: Reading::Unknown { reason: unknown(), since_ms: 0 },
            },
            host: Source {
                address: String::new(),
                reading: Reading::Unknown { reason: unknown(), since_ms: 0 },
            },
            control: ControlState { program: Ok(String::new()), instances: Vec::new() },
            store: StoreHealth::Ok,
        }
    }

    fn card(pci: &str) -> Card {
        Card {
            vendor: Fact::Known(Vendor::Amd),
            model: Fact::unknown(NONE),
            pci: Fact::from_option(PciAddress::parse(pci), NONE),
            memory_bytes: Fact::Known(8 << 30),
            architecture: Fact::unknown(NONE),
            opencl: Fact::unknown(NONE),
            optimized: false,
        }
    }

    #[test]
    fn a_card_has_the_numbers_of_its_own_address() {
        let snapshot = snapshot(vec![reading("0b:00.0", 71.0), reading("0a:00.0", 62.0)]);
        let gpus = joined(vec![card("0a:00.0"), card("0c:00.0"), card("")], &snapshot);
        let told: Vec<_> = gpus.iter().enumerate().map(|(id, gpu)| gpu.render(id)).collect();
        assert_eq!((&told[0]["temperature"], &told[0]["hashRate"]), (&json!(62), &json!(10.5)));
        assert_eq!((&told[0]["model"], &told[0]["memory_mb"]), (&json!("bCard"), &json!(8192)));
        assert_eq!(told[0].get("available"), None);
        for absent in &told[1..] {
            assert_eq!((&absent["temperature"], &absent["available"]), (&json!(0), &json!(false)));
            assert_eq!((&absent["vendor"], &absent["model"]), (&json!("amd"), &json!("AMD GPU")));
        }
        assert_eq!(told[2]["index"], 2);
    }

    #[test]
    fn without_cards_those_of_the_miner() {
        let gpus = joined(Vec::new(), &snapshot(vec![reading("", 71.0)]));
        let told = gpus[0].render(0);
        assert_eq!((&told["temperature"], &told["vendor"]), (&json!(71), &json!("unknown")));
    }
}
