// Everything that is asked regularly, and whether it answers.

import { ago, duration, moment, sentence } from '../format.js';
import { html } from '../html.js';
import { rigMs, snapshot } from '../state.js';
import { Shape } from './icon.js';

/** @import { NoData, Snapshot } from '../types.js' */
/** @typedef {{ name: string, address: string, answer: { state: 'ok', at_ms: number }|NoData }} Source */

export function Sources() {
  const now = snapshot.value;
  if (!now) return null;
  return html`<section aria-labelledby="sources"><div class="sh"><h2 id="sources">Sources</h2></div>
    <ul class="list">
      ${sourcesOf(now).map(({ name, address, answer }) => html`<li key=${name + address}>
        <span><${Shape} tone=${answer.state === 'ok' ? 'ok' : 'none'} /></span>
        <span><b>${name}</b> <small class="mono"><bdi>${address}</bdi></small></span>
        <p>${answer.state === 'ok' ? `Answered ${ago((rigMs.value - answer.at_ms) / 1000)}` : html`<bdi>${noData(answer)}</bdi>`}</p>
      </li>`)}
      ${now.miners.length === 0 && html`<li><span><${Shape} tone="none" /></span><b>Miner</b><p>None found so far.</p></li>`}
      <li>
        <span><${Shape} tone=${now.store.state === 'ok' ? 'ok' : 'bad'} /></span><b>History on disk</b>
        <p>${now.store.state === 'ok' ? (now.demo ? 'Kept in memory while the demo runs' : 'Written') : html`<bdi>${storeWords(now.store)}</bdi>`}</p>
      </li>
    </ul>
  </section>`;
}

/** @param {Snapshot} now @returns {Source[]} */
function sourcesOf(now) {
  return [
    ...now.miners.map((answer) => ({ name: 'Miner', address: answer.address, answer })),
    { name: 'Node', address: now.node.address, answer: now.node },
    { name: 'Host', address: now.host.address, answer: now.host },
  ];
}

/** @param {NoData} source */
function noData(source) {
  const length = duration((rigMs.value - source.since_ms) / 1000);
  return `No data: ${sentence(source.reason)} Since ${moment(source.since_ms, rigMs.value)} (${length}).`;
}

/** @param {{ reason: string, since_ms: number }} store */
export function storeWords(store) {
  return `Not written since ${moment(store.since_ms, rigMs.value)}: ${sentence(store.reason)}`;
}
