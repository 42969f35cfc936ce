//! Every call that is answered. Names and meanings are go-quai's
//! (`internal/quaiapi`), the translation is that of its own `eth` namespace,
//! which a node does not expose over HTTP unless it is told to.

use super::Map::{AsIs, EthBlock};
use super::{Local, Map};

pub(super) enum Rule {
    Forward {
        to: &'static str,
        map: Map,
        /// The first parameter is an address in any case of letters.
        address: bool,
        cache_ms: u32,
    },
    Local(Local),
}

/// A block comes about every 5 s; a height older than this is seen to lag.
const BLOCK_MS: u32 = 1_000;
/// What changes with a block or costs the node a walk.
const STATE_MS: u32 = 5_000;
/// What changes with a restart of the node, or never.
const FIXED_MS: u32 = 60_000;

const METHODS: &[(&str, Rule)] = &[
    // As the node has them.
    ("net_listening", same("net_listening", FIXED_MS)),
    ("net_peerCount", same("net_peerCount", STATE_MS)),
    ("net_peerCountByDirection", same("net_peerCountByDirection", STATE_MS)),
    ("net_version", same("net_version", FIXED_MS)),
    ("quai_blockNumber", same("quai_blockNumber", BLOCK_MS)),
    ("quai_calculateConversionAmount", same("quai_calculateConversionAmount", STATE_MS)),
    ("quai_chainId", same("quai_chainId", FIXED_MS)),
    ("quai_clientVersion", same("quai_clientVersion", FIXED_MS)),
    ("quai_gasPrice", same("quai_gasPrice", STATE_MS)),
    ("quai_getBalance", same("quai_getBalance", STATE_MS)),
    ("quai_getBlockByHash", same("quai_getBlockByHash", FIXED_MS)),
    ("quai_getBlockByNumber", same("quai_getBlockByNumber", BLOCK_MS)),
    ("quai_getCoinbaseTxForWorkShareHash", same("quai_getCoinbaseTxForWorkShareHash", STATE_MS)),
    ("quai_getDonorChainInfoForWorkshare", same("quai_getDonorChainInfoForWorkshare", STATE_MS)),
    ("quai_getHeaderByNumber", same("quai_getHeaderByNumber", BLOCK_MS)),
    ("quai_getLockedBalance", same("quai_getLockedBalance", STATE_MS)),
    ("quai_getMiningInfo", same("quai_getMiningInfo", STATE_MS)),
    ("quai_getPendingWorkShares", same("quai_getPendingWorkShares", BLOCK_MS)),
    ("quai_getProtocolExpansionNumber", same("quai_getProtocolExpansionNumber", FIXED_MS)),
    ("quai_getSubsidyChainHeight", same("quai_getSubsidyChainHeight", STATE_MS)),
    ("quai_getSupplyAnalyticsForBlock", same("quai_getSupplyAnalyticsForBlock", STATE_MS)),
    ("quai_getTransactionCount", same("quai_getTransactionCount", STATE_MS)),
    ("quai_getWorkShareP2PThreshold", same("quai_getWorkShareP2PThreshold", FIXED_MS)),
    ("quai_hashesPerQits", same("quai_hashesPerQits", STATE_MS)),
    ("quai_listRunningChains", same("quai_listRunningChains", FIXED_MS)),
    ("quai_nodeLocation", same("quai_nodeLocation", FIXED_MS)),
    ("quai_qiToQuai", same("quai_qiToQuai", STATE_MS)),
    ("quai_quaiToQi", same("quai_quaiToQi", STATE_MS)),
    ("quai_rewardAnalytics", same("quai_rewardAnalytics", STATE_MS)),
    ("rpc_modules", same("rpc_modules", FIXED_MS)),
    ("txpool_status", same("txpool_status", STATE_MS)),
    ("workshare_getWorkShareThreshold", same("workshare_getWorkShareThreshold", FIXED_MS)),
    // In Ethereum's words.
    ("eth_blockNumber", same("quai_blockNumber", BLOCK_MS)),
    ("eth_chainId", same("quai_chainId", FIXED_MS)),
    ("eth_gasPrice", same("quai_gasPrice", STATE_MS)),
    ("eth_getBalance", of_address("quai_getBalance")),
    ("eth_getBlockByHash", block("quai_getBlockByHash", FIXED_MS)),
    ("eth_getBlockByNumber", block("quai_getBlockByNumber", BLOCK_MS)),
    ("eth_getTransactionCount", of_address("quai_getTransactionCount")),
    // What no go-quai node answers by default, or what is the rig's to know.
    ("eth_coinbase", Rule::Local(Local::Coinbase)),
    ("eth_getHashrate", Rule::Local(Local::Hashrate)),
    ("eth_hashrate", Rule::Local(Local::Hashrate)),
    ("eth_mining", Rule::Local(Local::Mining)),
    ("eth_syncing", Rule::Local(Local::Syncing)),
    ("quai_getHashrate", Rule::Local(Local::Hashrate)),
    ("quai_mining", Rule::Local(Local::Mining)),
    ("quai_syncing", Rule::Local(Local::Syncing)),
];

pub(super) fn find(name: &str) -> Option<&'static Rule> {
    METHODS.iter().find(|(known, _)| *known == name).map(|(_, rule)| rule)
}

/// The names of all calls that are answered, for documentation.
pub fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|(name, _)| *name)
}

const fn same(to: &'static str, cache_ms: u32) -> Rule {
    Rule::Forward { to, map: AsIs, address: false, cache_ms }
}

const fn of_address(to: &'static str) -> Rule {
    Rule::Forward { to, map: AsIs, address: true, cache_ms: STATE_MS }
}

const fn block(to: &'static str, cache_ms: u32) -> Rule {
    Rule::Forward { to, map: EthBlock, address: false, cache_ms }
}
