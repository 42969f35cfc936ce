// Node and host: short lists of name and value.

import { ago, bytes, duration, hashrate, isNumber, number, si, text } from '../format.js';
import { html } from '../html.js';
import { rigMs, snapshot } from '../state.js';
import { State } from './icon.js';
import { Unknown, Value } from './value.js';

/** @import { Host, MiningInfo, Node, NoData } from '../types.js' */

/** @param {{ name: string, children?: unknown }} props */
export function Fact({ name, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}

/** @param {{ source: NoData }} props */
function Silent({ source }) {
  return html`<p><${State} tone="none">No data<//> <bdi>${source.reason}</bdi></p>`;
}

export function NodeFacts() {
  const node = snapshot.value?.node;
  if (!node) return null;
  return html`<section aria-labelledby="node"><div class="sh"><h2 id="node">Node</h2></div>
    ${node.state === 'ok' ? html`<${NodeList} node=${node} />` : html`<${Silent} source=${node} />`}
  </section>`;
}

/** @param {{ node: Node }} props */
function NodeList({ node }) {
  /** @param {number} ms */
  const age = (ms) => ago((rigMs.value - ms) / 1000);
  return html`<dl class="facts">
    <${Fact} name="State">
      ${node.in_sync === null ? html`<${Value} of=${node} field="in_sync" />`
        : node.in_sync ? html`<${State} tone="ok">In sync<//>` : html`<${State} tone="warn">Behind<//> its newest block is old`}
    <//>
    <${Fact} name="Height"><${Value} of=${node} field="height" write=${number} /><//>
    <${Fact} name="Newest block"><${Value} of=${node} field="header_at_ms" write=${age} /><//>
    <${Fact} name="Peers"><${Value} of=${node} field="peers" write=${number} /><//>
    <${Fact} name="Block difficulty"><${Value} of=${node} field="difficulty" write=${si} /><//>
    ${node.mining ? html`<${MiningFacts} mining=${node.mining} />`
      : html`<${Fact} name="Mining info"><${Unknown} reason=${node.reasons?.mining} /><//>`}
    <${Fact} name="Chain"><${Value} of=${node} field="chain_id" write=${chain} /><//>
    <${Fact} name="Program"><bdi><${Value} of=${node} field="client_version" /></bdi><//>
  </dl>`;
}

/** @param {number} id */
const chain = (id) => (id === 9 ? '9, mainnet' : id === 15000 ? '15000, test network' : String(id));

/** @param {{ mining: MiningInfo }} props */
function MiningFacts({ mining }) {
  /** @param {number} hs */
  const rate = (hs) => text(hashrate(hs));
  return html`
    <${Fact} name="KawPoW network"><${Value} of=${mining} field="kawpow_hashrate_hs" write=${rate} /><//>
    <${Fact} name="Share difficulty"><${Value} of=${mining} field="kawpow_difficulty" write=${si} /><//>
    <${Fact} name="Time per block"><${Value} of=${mining} field="block_time_s" write=${(/** @type {number} */ s) => number(s, 1)} unit="s" /><//>
    <${Fact} name="Per share"><${Value} of=${mining} field="workshare_reward_quai" write=${quai} unit="QUAI" /><//>
    <${Fact} name="Per block"><${Value} of=${mining} field="block_reward_quai" write=${quai} unit="QUAI" /><//>`;
}

/** @param {number} n */
const quai = (n) => number(n, Math.abs(n) < 1 ? 4 : 2);

export function HostFacts() {
  const host = snapshot.value?.host;
  if (!host) return null;
  return html`<section aria-labelledby="host"><div class="sh"><h2 id="host">Host</h2></div>
    ${host.state === 'ok' ? html`<${HostList} host=${host} />` : html`<${Silent} source=${host} />`}
  </section>`;
}

/** @param {{ host: Host }} props */
function HostList({ host }) {
  return html`<dl class="facts">
    <${Fact} name="Processor"><${Value} of=${host} field="cpu_percent" write=${number} unit="%" /><//>
    <${Fact} name="Load, 1 5 15 min">
      ${['load_1', 'load_5', 'load_15'].map((field, i) => html`${i > 0 && ' · '}<${Value} of=${host} field=${field} write=${(/** @type {number} */ n) => number(n, 2)} />`)}
    <//>
    <${Fact} name="Memory free"><${Free} host=${host} free="memory_available_bytes" total="memory_total_bytes" /><//>
    <${Fact} name="Disk free"><${Free} host=${host} free="disk_free_bytes" total="disk_total_bytes" /><//>
    <${Fact} name="Up"><${Value} of=${host} field="uptime_s" write=${duration} /><//>
    ${host.temperatures.length === 0 && html`<${Fact} name="Temperatures"><${Unknown} reason=${host.reasons?.temperatures ?? 'This computer reports no temperatures'} /><//>`}
    ${host.temperatures.map((sensor, i) => html`<div key=${i}><dt><bdi class="name">${sensor.label}</bdi></dt><dd>${number(sensor.temp_c) ?? '—'} <span class="unit">°C</span></dd></div>`)}
  </dl>`;
}

/** @param {{ host: Host, free: keyof Host, total: keyof Host }} props */
function Free({ host, free, total }) {
  const all = host[total];
  return html`<${Value} of=${host} field=${free} write=${(/** @type {number} */ n) => text(bytes(n))} />${isNumber(all) && html` <span class="unit">of ${text(bytes(all))}</span>`}`;
}
