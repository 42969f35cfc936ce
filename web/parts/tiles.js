// The figures of the rig, each with what explains it in small.

import { duration, hashrate, isNumber, number, text } from '../format.js';
import { html } from '../html.js';
import { isOk } from '../logic/sentence.js';
import { history, range, snapshot, zoom } from '../state.js';
import { Unknown, Value } from './value.js';

/** @import { Miner, Summary } from '../types.js' */

export function Tiles() {
  const now = snapshot.value;
  if (!now) return null;
  const { summary } = now;
  const miners = now.miners.filter(isOk);
  return html`<dl class="tiles">
    <${Tile} name="Hashrate" sub=${meanWords()}><${Rate} summary=${summary} /><//>
    <${Tile} name="Accepted shares" sub=${shareSub(summary)}><b><${Value} of=${summary} field="accepted" write=${number} /></b><//>
    <${Tile} name="Last share" sub=${poolSub(miners)}><${LastShare} miners=${miners} /><//>
    <${Tile} name="GPUs mining" sub=${uptimeSub(miners)}>
      ${miners.length === 0 ? html`<b><${Unknown} reason="No miner answers" /></b>`
        : summary.gpus === 0 ? html`<b><${Unknown} reason="The miner tells of no GPUs" /></b>`
        : html`<b>${number(summary.gpus_mining)}</b> of ${number(summary.gpus)}`}
    <//>
    <${Tile} name="Power" sub=${efficiency(summary)}><b><${Value} of=${summary} field="power_w" write=${number} /></b>${isNumber(summary.power_w) && ' W'}<//>
    <${Tile} name="Hottest" sub=${hottestSub(miners, summary)}><b><${Value} of=${summary} field="hottest_c" write=${number} /></b>${isNumber(summary.hottest_c) && ' °C'}<//>
  </dl>`;
}

/** @param {{ name: string, sub?: unknown, children?: unknown }} props */
function Tile({ name, sub, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd>${sub && html`<dd class="sub">${sub}</dd>`}</div>`;
}

/** @param {{ summary: Summary }} props */
function Rate({ summary }) {
  const rate = hashrate(summary.hashrate_hs);
  if (!rate) return html`<b><${Unknown} reason=${summary.reasons?.hashrate_hs} /></b>`;
  return html`<b id="hashrate">${rate.value}</b> ${rate.unit}`;
}

function meanWords() {
  const mean = text(hashrate(history.value?.totals.hashrate_avg_hs));
  if (!mean || zoom.value) return null;
  return `${range.value.name} mean ${mean}`;
}

/** @param {Summary} summary */
function shareSub(summary) {
  if (summary.accepted === null) return null;
  /** @type {[keyof Summary, string][]} */
  const kinds = [['rejected', 'rejected'], ['invalid', 'invalid'], ['stale', 'stale']];
  return kinds.map(([field, word], i) => html`${i > 0 && ' · '}<span class="nw"><${Value} of=${summary} field=${field} write=${number} /> ${word}</span>`);
}

/** @param {{ miners: Miner[] }} props */
function LastShare({ miners }) {
  const ages = miners.map((miner) => miner.shares.last_share_age_s).filter(isNumber);
  if (ages.length === 0) {
    return html`<b><${Unknown} reason=${miners[0]?.shares.reasons?.last_share_age_s ?? 'No miner answers'} /></b>`;
  }
  const words = /** @type {string} */ (duration(Math.min(...ages)));
  // The figure large, its unit like any other.
  const [, head, tail] = /** @type {RegExpMatchArray} */ (words.match(/^(.*?)( [a-z]+)$/));
  return html`<b>${head}</b>${tail} ago`;
}

/** @param {Miner[]} miners */
function poolSub(miners) {
  const [miner] = miners;
  if (!miner) return null;
  const { pool } = miner;
  const more = miners.length > 1 ? `, and ${miners.length - 1} more` : '';
  if (pool.connected === false) return html`<span class="bad">pool does not answer</span>`;
  const delay = isNumber(pool.latency_ms) ? ` in ${number(pool.latency_ms)} ms` : '';
  if (pool.connected === null) return html`pool <${Value} of=${pool} field="connected" />`;
  return html`pool answers${delay}${more}`;
}

/** @param {Miner[]} miners */
function uptimeSub(miners) {
  const up = miners.map((miner) => miner.uptime_s).filter(isNumber);
  return up.length > 0 ? `running for ${duration(Math.min(...up))}` : null;
}

/** @param {Summary} summary */
function efficiency(summary) {
  if (!isNumber(summary.power_w) || !isNumber(summary.hashrate_hs) || summary.power_w <= 0) return null;
  const rate = hashrate(summary.hashrate_hs / summary.power_w);
  return rate && `${rate.value} ${rate.unit} per W`;
}

/** @param {Miner[]} miners @param {Summary} summary */
function hottestSub(miners, summary) {
  const gpus = miners.flatMap((miner) => miner.gpus);
  const hottest = gpus.find((gpu) => isNumber(gpu.temp_c) && gpu.temp_c === summary.hottest_c);
  const memory = gpus.map((gpu) => gpu.memory_temp_c).filter(isNumber);
  const parts = [
    hottest && miners.length === 1 ? `GPU ${hottest.index}` : '',
    memory.length > 0 ? `memory ${number(Math.max(...memory))} °C` : '',
  ];
  return parts.filter(Boolean).join(' · ') || null;
}
