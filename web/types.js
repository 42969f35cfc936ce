// What the server says, as types for the checker; nothing in here runs.
// Whatever is unknown is null, and its reason stands in `reasons` by field.

/**
 * @typedef {Record<string, string>} Reasons
 * @typedef {{ name: string, role: 'owner'|'technician'|'viewer' }} User
 *
 * @typedef {object} Session
 * @property {boolean} signed_in
 * @property {User|null} user
 * @property {boolean} totp
 * @property {('password'|'totp')[]} methods
 * @property {boolean} first_run
 * @property {'required'|'open'} auth_mode
 * @property {boolean} demo
 * @property {string|null} rig
 * @property {string} version
 * @property {boolean} tls
 *
 * @typedef {object} Shares
 * @property {number|null} accepted
 * @property {number|null} rejected
 * @property {number|null} invalid
 * @property {number|null} stale
 * @property {number|null} last_share_age_s
 * @property {Reasons} [reasons]
 *
 * @typedef {object} Pool
 * @property {string|null} url
 * @property {string|null} user
 * @property {boolean|null} connected
 * @property {number|null} latency_ms
 * @property {number|null} difficulty
 * @property {Reasons} [reasons]
 *
 * @typedef {object} Gpu
 * @property {number} index
 * @property {string|null} name
 * @property {string|null} pci
 * @property {string|null} paused
 * @property {number|null} hashrate_hs
 * @property {Shares} shares
 * @property {number|null} temp_c
 * @property {number|null} memory_temp_c
 * @property {number|null} fan_percent
 * @property {number|null} power_w
 * @property {Reasons} [reasons]
 *
 * @typedef {{ address: string, state: 'no_data', reason: string, since_ms: number }} NoData
 *
 * @typedef {object} Miner
 * @property {string} address
 * @property {'ok'} state
 * @property {number} at_ms
 * @property {string} program
 * @property {string|null} version
 * @property {number|null} uptime_s
 * @property {string|null} algorithm
 * @property {'mining'|'starting'|'paused'|'no_pool'|'serving'} activity
 * @property {string|null} activity_reason
 * @property {number|null} hashrate_hs
 * @property {number|null} power_w
 * @property {Shares} shares
 * @property {Pool} pool
 * @property {Gpu[]} gpus
 * @property {Reasons} [reasons]
 *
 * @typedef {object} MiningInfo
 * @property {number|null} kawpow_difficulty
 * @property {number|null} kawpow_hashrate_hs
 * @property {number|null} block_time_s
 * @property {number|null} workshare_reward_quai
 * @property {number|null} block_reward_quai
 * @property {Reasons} [reasons]
 *
 * @typedef {object} Node
 * @property {string} address
 * @property {'ok'} state
 * @property {number} at_ms
 * @property {string|null} client_version
 * @property {number|null} chain_id
 * @property {number|null} height
 * @property {number|null} header_at_ms
 * @property {boolean|null} in_sync
 * @property {number|null} peers
 * @property {number|null} difficulty
 * @property {MiningInfo|null} mining
 * @property {Reasons} [reasons]
 *
 * @typedef {object} Host
 * @property {string} address
 * @property {'ok'} state
 * @property {number} at_ms
 * @property {number|null} cpu_percent
 * @property {number|null} load_1
 * @property {number|null} load_5
 * @property {number|null} load_15
 * @property {number|null} memory_total_bytes
 * @property {number|null} memory_available_bytes
 * @property {number|null} disk_total_bytes
 * @property {number|null} disk_free_bytes
 * @property {number|null} uptime_s
 * @property {{ label: string, temp_c: number }[]} temperatures
 * @property {Reasons} [reasons]
 *
 * @typedef {'stopped'|'starting'|'running'|'stopping'|'backing_off'|'gave_up'} Phase
 *
 * @typedef {object} Instance
 * @property {string} name
 * @property {number|null} gpu
 * @property {Phase} phase
 * @property {string|null} reason
 * @property {number|null} until_ms
 * @property {number|null} pid
 * @property {number|null} started_ms
 * @property {number} restarts
 *
 * @typedef {object} Control
 * @property {string|null} program
 * @property {string|null} reason
 * @property {Instance[]} instances
 *
 * @typedef {object} Summary
 * @property {boolean} mining
 * @property {number|null} hashrate_hs
 * @property {number|null} accepted
 * @property {number|null} rejected
 * @property {number|null} invalid
 * @property {number|null} stale
 * @property {number|null} power_w
 * @property {number|null} hottest_c
 * @property {number} gpus
 * @property {number} gpus_mining
 * @property {Reasons} [reasons]
 *
 * @typedef {{ state: 'ok' }|{ state: 'failing', reason: string, since_ms: number }} StoreHealth
 *
 * @typedef {object} Snapshot
 * @property {number} at_ms
 * @property {boolean} demo
 * @property {string|null} rig
 * @property {string} version
 * @property {Summary} summary
 * @property {(Miner|NoData)[]} miners
 * @property {Node|NoData} node
 * @property {Host|NoData} host
 * @property {Control} control
 * @property {StoreHealth} store
 * @property {string[]} [looked_at] addresses at which a miner was looked for
 *
 * @typedef {object} History
 * @property {number} from_ms
 * @property {number} to_ms
 * @property {number} step_ms
 * @property {number[]} at_ms starts of the buckets
 * @property {{ min: (number|null)[], avg: (number|null)[], max: (number|null)[] }} hashrate_hs
 * @property {(number|null)[]} power_w
 * @property {(number|null)[]} temp_c
 * @property {(number|null)[]} accepted
 * @property {(number|null)[]} rejected
 * @property {{ accepted: number|null, rejected: number|null, hashrate_avg_hs: number|null, coverage: number|null }} totals
 *
 * @typedef {'info'|'warning'|'error'} Severity
 *
 * @typedef {object} RigEvent
 * @property {number} id
 * @property {number} at_ms
 * @property {Severity} severity
 * @property {string} kind
 * @property {string} actor
 * @property {string} message
 *
 * @typedef {{ type: 'snapshot', snapshot: Snapshot }|{ type: 'event', event: RigEvent }} Frame
 *
 * @typedef {'ok'|'warn'|'bad'|'none'|'off'} Tone
 */

export {};
