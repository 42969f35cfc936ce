// A miner program as it describes itself, and the processes the dashboard runs.

import { ago, clock, duration, hashrate, moment, number, sentence, si, text } from '../format.js';
import { html } from '../html.js';
import { rigMs, snapshot } from '../state.js';
import { Fact } from './facts.js';
import { Shape, State } from './icon.js';
import { Value } from './value.js';

/** @import { Instance, Miner, NoData, Phase, Tone } from '../types.js' */

/** @type {Record<Miner['activity'], { tone: Tone, word: string }>} */
const ACTIVITY = {
  mining: { tone: 'ok', word: 'Mining' },
  starting: { tone: 'none', word: 'Starting' },
  paused: { tone: 'off', word: 'Paused' },
  no_pool: { tone: 'bad', word: 'No pool' },
  serving: { tone: 'none', word: 'A pool, does not mine itself' },
};

/** @type {Record<Phase, { tone: Tone, word: string }>} */
const PHASE = {
  stopped: { tone: 'off', word: 'Stopped' },
  starting: { tone: 'none', word: 'Starting' },
  running: { tone: 'ok', word: 'Running' },
  stopping: { tone: 'none', word: 'Stopping' },
  backing_off: { tone: 'warn', word: 'Waits to start again' },
  gave_up: { tone: 'bad', word: 'Gave up' },
};

/** @param {{ miner: Miner|NoData }} props */
export function MinerFacts({ miner }) {
  if (miner.state !== 'ok') {
    return html`<section><div class="sh"><h2>Miner</h2><small class="mono"><bdi>${miner.address}</bdi></small></div>
      <p><${State} tone="none">No data<//> <bdi>${sentence(miner.reason)}</bdi> Since ${moment(miner.since_ms, rigMs.value)}.</p></section>`;
  }
  const { pool, shares } = miner;
  const { tone, word } = ACTIVITY[miner.activity] ?? { tone: 'none', word: 'Unknown' };
  /** @param {number} ms */
  const delay = (ms) => number(ms);
  return html`<section><div class="sh"><h2><bdi class="name">${miner.program}</bdi></h2><small class="mono"><bdi>${miner.address}</bdi></small></div>
    <dl class="facts">
      <${Fact} name="State"><${State} tone=${tone}>${word}<//>${miner.activity_reason && html` <bdi>${miner.activity_reason}</bdi>`}<//>
      <${Fact} name="Version"><bdi><${Value} of=${miner} field="version" /></bdi><//>
      <${Fact} name="Algorithm"><bdi><${Value} of=${miner} field="algorithm" /></bdi><//>
      <${Fact} name="Running for"><${Value} of=${miner} field="uptime_s" write=${duration} /><//>
      <${Fact} name="Hashrate"><${Value} of=${miner} field="hashrate_hs" write=${(/** @type {number} */ hs) => text(hashrate(hs))} /><//>
      <${Fact} name="Power"><${Value} of=${miner} field="power_w" write=${number} unit="W" /><//>
      <${Fact} name="Pool"><bdi class="mono"><${Value} of=${pool} field="url" /></bdi><//>
      <${Fact} name="Mines for"><bdi class="mono"><${Value} of=${pool} field="user" /></bdi><//>
      <${Fact} name="Connection">${pool.connected === null ? html`<${Value} of=${pool} field="connected" />`
        : pool.connected ? html`<${State} tone="ok">Connected<//>` : html`<${State} tone="bad">Not connected<//>`}<//>
      <${Fact} name="Answers in"><${Value} of=${pool} field="latency_ms" write=${delay} unit="ms" /><//>
      <${Fact} name="Difficulty"><${Value} of=${pool} field="difficulty" write=${si} /><//>
      ${/** @type {const} */ (['accepted', 'rejected', 'invalid', 'stale']).map((field) => html`<${Fact} key=${field} name=${`Shares ${field}`}><${Value} of=${shares} field=${field} write=${number} /><//>`)}
      <${Fact} name="Last share"><${Value} of=${shares} field="last_share_age_s" write=${ago} /><//>
    </dl></section>`;
}

/** What the dashboard itself would start, and how far that is. */
export function Processes() {
  const control = snapshot.value?.control;
  if (!control) return null;
  return html`<section aria-labelledby="process"><div class="sh"><h2 id="process">Started by the dashboard</h2></div>
    <dl class="facts"><${Fact} name="Program">${control.program === null ? html`<${State} tone="none">None<//> <bdi>${sentence(control.reason ?? 'No program is configured')}</bdi>` : html`<bdi class="mono">${control.program}</bdi>`}<//></dl>
    ${control.program !== null && control.instances.length === 0 && html`<p class="sub">Nothing has been started yet.</p>`}
    <${ProcessList} />
  </section>`;
}

export function ProcessList() {
  const instances = snapshot.value?.control.instances ?? [];
  return instances.length > 0 && html`<ul class="list">${instances.map((instance) => html`<${Process} key=${instance.name} instance=${instance} />`)}</ul>`;
}

/** @param {{ instance: Instance }} props */
function Process({ instance }) {
  const { tone, word } = PHASE[instance.phase] ?? { tone: 'none', word: 'Unknown' };
  const parts = [
    instance.gpu !== null && `for GPU ${instance.gpu}`,
    instance.pid !== null && `process ${instance.pid}`,
    instance.started_ms !== null && instance.pid !== null && `since ${moment(instance.started_ms, rigMs.value)}`,
    instance.restarts > 0 && `started again ${number(instance.restarts)} times`,
    instance.until_ms !== null && `next start at ${clock(instance.until_ms, true)}`,
  ];
  return html`<li><span><${Shape} tone=${tone} /></span><span><b><bdi>${instance.name}</bdi></b> <span class=${tone}>${word}</span></span>
    <p>${parts.filter(Boolean).join(', ')}</p>
    ${instance.reason && html`<p><bdi>${sentence(instance.reason)}</bdi></p>`}</li>`;
}
