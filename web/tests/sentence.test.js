import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageSentence, rigSentence } from '../logic/sentence.js';

const NOW = new Date(2026, 10, 23, 7, 48, 8).getTime();
const SINCE = new Date(2026, 10, 23, 3, 12).getTime();

const shares = { accepted: 5, rejected: 0, invalid: 0, stale: null, last_share_age_s: 31 };
const gpu = (index, more = {}) => ({
  index, name: 'RTX 3080', pci: null, paused: null, hashrate_hs: 30e6, shares,
  temp_c: 60, memory_temp_c: null, fan_percent: 50, power_w: 200, ...more,
});
const miner = (gpus, more = {}) => ({
  address: 'one://127.0.0.1:1', state: 'ok', at_ms: NOW, program: 'one', version: '1', uptime_s: 16_560,
  algorithm: 'kawpow', activity: 'mining', activity_reason: null, hashrate_hs: gpus.length * 30e6, power_w: null,
  shares, pool: { url: 'pool.example:1185', user: null, connected: true, latency_ms: 34, difficulty: 1 }, gpus, ...more,
});
const silent = (reason = 'Connection refused') => ({ address: 'two://127.0.0.1:2', state: 'no_data', reason, since_ms: SINCE });
const instance = (phase, more = {}) => ({
  name: 'miner', gpu: null, phase, reason: null, until_ms: null, pid: null, started_ms: null, restarts: 0, ...more,
});

function rig(miners, instances = [], program = null) {
  const working = miners.filter(({ state }) => state === 'ok');
  const gpus = working.flatMap((each) => each.gpus);
  return {
    at_ms: NOW, demo: false, rig: 'rig01', version: '0.1.0', miners,
    summary: {
      mining: working.some(({ activity }) => activity === 'mining'),
      hashrate_hs: working.length > 0 ? working.reduce((sum, each) => sum + each.hashrate_hs, 0) : null,
      accepted: null, rejected: null, invalid: null, stale: null, power_w: null, hottest_c: null,
      gpus: gpus.length, gpus_mining: gpus.filter((each) => each.paused === null && each.hashrate_hs > 0).length,
    },
    node: silent(), host: silent(), store: { state: 'ok' },
    control: { program, reason: program === null ? 'No program' : null, instances },
  };
}

const check = (snapshot, tone, title, detail = /./, offers, events = []) => {
  const said = rigSentence(snapshot, NOW, events);
  assert.equal(said.title, title);
  assert.equal(said.tone, tone, title);
  assert.match(said.detail, detail);
  if (offers) assert.deepEqual(said.offers, offers);
};

test('all is well', () => {
  check(rig([miner([gpu(0), gpu(1)])]), 'ok', 'All is well, mining on 2 GPUs', /^one at 60\.0 MH\/s for 4 h 36 min, last share 31 s ago\.$/, []);
  check(rig([miner([gpu(0)])]), 'ok', 'All is well, mining on 1 GPU');
  check(rig([miner([], { hashrate_hs: 842 })]), 'ok', 'All is well, mining', /842 H\/s/);
});

test('mining on some of the GPUs says which do not and why', () => {
  check(rig([miner([gpu(0), gpu(1, { paused: 'too hot', hashrate_hs: 0 })])]), 'warn', 'Mining on 1 of 2 GPUs', /GPU 1 is paused: too hot\./, ['events']);
  check(rig([miner([gpu(0), gpu(1, { hashrate_hs: 0 })])]), 'warn', 'Mining on 1 of 2 GPUs', /GPU 1 has a hashrate of zero\./);
  check(rig([miner([gpu(0), gpu(1, { hashrate_hs: null })])]), 'warn', 'Mining on 1 of 2 GPUs', /GPU 1 tells no hashrate\./);
  const many = [gpu(0), ...[1, 2, 3, 4].map((i) => gpu(i, { hashrate_hs: 0 }))];
  check(rig([miner(many)]), 'warn', 'Mining on 1 of 5 GPUs', /GPU 2 has a hashrate of zero\. 2 more do not mine\./);
});

test('mining without a hashrate is not well', () => {
  check(rig([miner([gpu(0, { hashrate_hs: 0 })], { hashrate_hs: 0 })]), 'warn', 'Connected, but no GPU has a hashrate');
  check(rig([miner([], { hashrate_hs: 0 })]), 'warn', 'Connected, but the hashrate is zero');
});

test('one miner well and another silent is not well', () => {
  check(rig([miner([gpu(0)]), silent()]), 'warn', 'Mining on 1 GPU, but not all is well', /No data from two:\/\/127\.0\.0\.1:2 since 03:12: Connection refused\./);
});

test('a process that gave up beside one that mines is not well', () => {
  const instances = [instance('running'), instance('gave_up', { name: 'gpu1', reason: 'exit code 1' })];
  check(rig([miner([gpu(0)])], instances, '/p'), 'warn', 'Mining on 1 GPU, but not all is well', /Process gpu1 ended by itself: exit code 1\./);
});

test('paused, starting and without a pool', () => {
  const resting = (activity, more) => rig([miner([gpu(0, { hashrate_hs: 0 })], { activity, hashrate_hs: 0, ...more })]);
  check(resting('paused', { activity_reason: 'on battery' }), 'off', 'Mining is paused', /^On battery\.$/);
  check(resting('paused'), 'off', 'Mining is paused', /does not say why/);
  check(resting('serving'), 'none', 'No miner hashes for the pool', /none of its miners/);
  check(resting('starting'), 'none', 'The miner is starting', /minutes/);
  check(resting('no_pool'), 'bad', 'No work, the pool does not answer', /pool\.example:1185/);
});

test('no miner found offers help', () => {
  check(rig([]), 'none', 'No miner found yet', /./, ['help']);
});

test('a configured miner that is silent', () => {
  check(rig([silent()]), 'bad', 'No data from the miner since 03:12', /two:\/\/127\.0\.0\.1:2: Connection refused\./, ['events']);
});

test('stopped says by whom and offers to start', () => {
  const stop = { id: 1, at_ms: SINCE, severity: 'info', kind: 'miner.stop', actor: 'admin', message: '' };
  check(rig([silent()], [instance('stopped')], '/p'), 'off', 'The miner is stopped', /^Stopped by admin, 03:12\. Nothing/, ['start'], [stop]);
  check(rig([], [], '/p'), 'off', 'The miner is stopped', /^Nothing is being mined\.$/, ['start'], [stop]);
});

test('on the way from one state to another', () => {
  check(rig([silent()], [instance('starting', { started_ms: NOW - 12_000 })], '/p'), 'none', 'The miner is starting', /Started 12 s ago/, []);
  check(rig([miner([gpu(0)])], [instance('stopping')], '/p'), 'none', 'The miner is stopping');
  check(
    rig([silent()], [instance('backing_off', { reason: 'exit code 139', until_ms: NOW + 5000 })], '/p'),
    'warn', 'The miner ended by itself, next start at 07:48:13', /^Exit code 139\.$/, ['start', 'log'],
  );
  check(rig([silent()], [instance('gave_up', { reason: 'it ended 5 times' })], '/p'), 'bad', 'The miner gave up', /^It ended 5 times\. It is not started again/, ['start', 'log']);
  check(rig([silent('No answer within 3 s')], [instance('running')], '/p'), 'warn', 'The miner runs but does not answer', /No answer within 3 s/);
});

test('a lost connection turns news into history', () => {
  const now = { hereMs: 1_000_000, rigMs: NOW };
  const well = rig([miner([gpu(0)])]);
  const say = (silence) => pageSentence(well, { open: false, heardMs: now.hereMs - silence }, now, []);
  assert.equal(say(12_000).title, 'All is well, mining on 1 GPU');
  assert.equal(say(31_000).title, 'No data since 07:48:08');
  assert.equal(say(31_000).tone, 'none');
  assert.match(say(31_000).detail, /all is well, mining on 1 GPU/);
  assert.equal(pageSentence(null, { open: false, heardMs: now.hereMs }, now, []).tone, 'none');
});
