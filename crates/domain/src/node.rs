//! What a go-quai node says of itself and of its chain.

use crate::fact::Fact;

/// A header older than this means that the node is catching up or stuck:
/// blocks come about every 5 s.
pub const STALE_HEADER_S: i64 = 120;

#[derive(Debug, Clone, PartialEq)]
pub struct NodeReading {
    pub client_version: Fact<String>,
    /// 9 is mainnet, 15000 the orchard test network.
    pub chain_id: Fact<u64>,
    /// Height of the zone chain.
    pub height: Fact<u64>,
    /// Time of the newest block.
    pub header_at_ms: Fact<i64>,
    pub peers: Fact<u64>,
    /// Difficulty in the newest header.
    pub difficulty: Fact<f64>,
    /// What a transaction is to offer for a unit of gas, in 1e-18 QUAI.
    pub gas_price: Fact<f64>,
    pub mining: Fact<MiningInfo>,
    pub block_times: Fact<BlockTimes>,
}

/// `quai_getMiningInfo`: the network as a miner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct MiningInfo {
    /// Hashes for one KawPoW workshare, on average.
    pub kawpow_difficulty: Fact<f64>,
    /// Hashrate of the whole network on KawPoW.
    pub kawpow_hashrate_hs: Fact<f64>,
    pub block_time_s: Fact<f64>,
    /// Reward of a workshare and of a block, in QUAI.
    pub workshare_reward_quai: Fact<f64>,
    pub block_reward_quai: Fact<f64>,
}

/// How far apart the last blocks were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockTimes {
    pub mean_s: f64,
    /// Of the population, in seconds squared.
    pub variance_s2: f64,
    /// The mean of the deviations that were found up to now.
    pub usual_deviation_s: f64,
}

impl BlockTimes {
    pub fn deviation_s(&self) -> f64 {
        self.variance_s2.sqrt()
    }
}

impl NodeReading {
    /// Whether the node follows the chain, judged by the age of its newest
    /// block: go-quai has no call that tells.
    pub fn in_sync(&self, now_ms: i64) -> Fact<bool> {
        match &self.header_at_ms {
            Fact::Known(header_at_ms) => match now_ms.saturating_sub(*header_at_ms) / 1000 {
                // One of the two clocks is wrong, and the age says nothing.
                age_s if age_s < -STALE_HEADER_S => {
                    Fact::unknown("The newest block is from the future")
                }
                age_s => Fact::Known(age_s <= STALE_HEADER_S),
            },
            Fact::Unknown(reason) => Fact::Unknown(reason.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_sync_by_the_age_of_the_newest_block() {
        let mut node = NodeReading {
            client_version: Fact::unknown("x"),
            chain_id: Fact::unknown("x"),
            height: Fact::unknown("x"),
            header_at_ms: Fact::Known(1_000_000),
            peers: Fact::unknown("x"),
            difficulty: Fact::unknown("x"),
            gas_price: Fact::unknown("x"),
            mining: Fact::unknown("x"),
            block_times: Fact::unknown("x"),
        };
        assert_eq!(node.in_sync(1_005_000), Fact::Known(true));
        assert_eq!(node.in_sync(1_120_000), Fact::Known(true));
        assert_eq!(node.in_sync(1_121_000), Fact::Known(false));
        assert_eq!(node.in_sync(990_000), Fact::Known(true));
        assert_eq!(node.in_sync(800_000).get(), None);
        node.header_at_ms = Fact::unknown("none");
        assert_eq!(node.in_sync(0), Fact::unknown("none"));
    }
}
