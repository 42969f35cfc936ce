//! The rows of an export, as CSV or JSON.

use quaiminer_domain::history::MinerSample;
use quaiminer_store::{Block, Cell, MiningStat};

use super::super::HASHES_PER_MH;
use super::text::Text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Blocks,
    Stats,
    Samples,
}

impl Kind {
    pub const NAMES: &[&str] = &["blocks", "stats", "samples"];

    pub fn parse(name: &str) -> Option<Kind> {
        Some(match name {
            "blocks" => Kind::Blocks,
            "stats" => Kind::Stats,
            "samples" => Kind::Samples,
            _ => return None,
        })
    }

    pub const fn name(self) -> &'static str {
        match self {
            Kind::Blocks => "blocks",
            Kind::Stats => "stats",
            Kind::Samples => "samples",
        }
    }

    /// NODE-COMPAT: the first two are Node's.
    const fn csv_head(self) -> &'static str {
        match self {
            Kind::Blocks => "Block Number,Block Hash,Timestamp,Chain,Reward,Transaction Hash",
            Kind::Stats => {
                "Timestamp,Hash Rate (MH/s),Accepted Shares,Rejected Shares,Power Usage (W),Temperature (°C),Fan Speed (%)"
            }
            Kind::Samples => {
                "Timestamp,Miner,Uptime (s),Hash Rate (MH/s),Accepted Shares,Rejected Shares,Invalid Shares,Power Usage (W),Temperature (°C),Fan Speed (%)"
            }
        }
    }
}

/// A file under construction.
pub struct Rows {
    format: Format,
    pub text: Text,
    empty: bool,
}

impl Rows {
    pub fn begin(format: Format, kind: Kind) -> Rows {
        let mut text = Text::default();
        match format {
            Format::Csv => {
                text.push(kind.csv_head());
                text.push("\n");
            }
            Format::Json => text.push("["),
        }
        Rows { format, text, empty: true }
    }

    pub fn end(mut self) -> Vec<u8> {
        self.text.push(match (self.format, self.empty) {
            (Format::Csv, false) => "",
            // NODE-COMPAT: an empty line in place of rows.
            (Format::Csv, true) => "\n",
            (Format::Json, false) => "\n]",
            (Format::Json, true) => "]",
        });
        self.text.bytes
    }

    pub fn block(&mut self, block: &Block) {
        match self.format {
            Format::Csv => {
                self.empty = false;
                let text = &mut self.text;
                text.field(&block.block_number);
                text.push(",");
                text.field(&block.block_hash);
                text.push(",");
                text.time_field(&block.timestamp);
                for cell in [&block.chain, &block.reward, &block.tx_hash] {
                    text.push(",");
                    text.field(cell);
                }
                text.push("\n");
            }
            Format::Json => self.json_row(&[
                ("id", &Cell::Integer(block.id)),
                ("block_number", &block.block_number),
                ("block_hash", &block.block_hash),
                ("timestamp", &block.timestamp),
                ("chain", &block.chain),
                ("reward", &block.reward),
                ("tx_hash", &block.tx_hash),
                ("created_at", &block.created_at),
            ]),
        }
    }

    pub fn stat(&mut self, stat: &MiningStat) {
        match self.format {
            Format::Csv => self.csv_row(
                &stat.timestamp,
                &[
                    &stat.hash_rate,
                    &stat.accepted_shares,
                    &stat.rejected_shares,
                    &stat.power_usage,
                    &stat.temperature,
                    &stat.fan_speed,
                ],
            ),
            Format::Json => self.json_row(&[
                ("id", &stat.id),
                ("timestamp", &stat.timestamp),
                ("hash_rate", &stat.hash_rate),
                ("accepted_shares", &stat.accepted_shares),
                ("rejected_shares", &stat.rejected_shares),
                ("power_usage", &stat.power_usage),
                ("temperature", &stat.temperature),
                ("fan_speed", &stat.fan_speed),
                ("gpu_id", &stat.gpu_id),
                ("created_at", &stat.created_at),
            ]),
        }
    }

    pub fn sample(&mut self, sample: &MinerSample) {
        let count = |count: Option<u64>| match count {
            Some(count) => Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX)),
            None => Cell::Null,
        };
        let real = |number: Option<f64>| number.map_or(Cell::Null, Cell::Real);
        let at = Cell::Integer(sample.at_ms);
        let miner = Cell::Text(sample.miner.clone());
        let hashrate = real(sample.hashrate_hs.map(|hs| hs / HASHES_PER_MH));
        let [uptime, accepted, rejected, invalid] =
            [sample.uptime_s, sample.accepted, sample.rejected, sample.invalid].map(count);
        let [power, temp, fan] = [sample.power_w, sample.temp_c, sample.fan_percent].map(real);
        match self.format {
            Format::Csv => self.csv_row(
                &at,
                &[&miner, &uptime, &hashrate, &accepted, &rejected, &invalid, &power, &temp, &fan],
            ),
            Format::Json => self.json_row(&[
                ("timestamp", &at),
                ("miner", &miner),
                ("uptime", &uptime),
                ("hash_rate", &hashrate),
                ("accepted_shares", &accepted),
                ("rejected_shares", &rejected),
                ("invalid_shares", &invalid),
                ("power_usage", &power),
                ("temperature", &temp),
                ("fan_speed", &fan),
            ]),
        }
    }

    fn csv_row(&mut self, time: &Cell, cells: &[&Cell]) {
        self.empty = false;
        self.text.time_field(time);
        for cell in cells {
            self.text.push(",");
            self.text.field(cell);
        }
        self.text.push("\n");
    }

    /// NODE-COMPAT: indented by two spaces.
    fn json_row(&mut self, members: &[(&str, &Cell)]) {
        self.text.push(if self.empty { "\n  {" } else { ",\n  {" });
        self.empty = false;
        for (index, (name, cell)) in members.iter().enumerate() {
            self.text.push(if index == 0 { "\n    \"" } else { ",\n    \"" });
            self.text.push(name);
            self.text.push("\": ");
            self.text.json(cell);
        }
        self.text.push("\n  }");
    }
}
