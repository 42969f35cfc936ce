// The miner: what it is, what it does, its own words.

import { html } from '../html.js';
import { Controls } from '../parts/control.js';
import { Gpus } from '../parts/gpus.js';
import { NothingFound } from '../parts/help.js';
import { MinerLog } from '../parts/log.js';
import { MinerFacts, Processes } from '../parts/miner.js';
import { Status } from '../parts/status.js';
import { sentenceNow, snapshot } from '../state.js';

export function MinerView() {
  const miners = snapshot.value?.miners ?? [];
  return html`<div class="head"><${Status} /><${Controls} /></div>
    ${sentenceNow.value.offers.includes('help') && html`<${NothingFound} />`}
    <div class="cols even">
      ${miners.map((miner) => html`<${MinerFacts} key=${miner.address} miner=${miner} />`)}
      <${Processes} />
    </div>
    <${Gpus} />
    <${MinerLog} />`;
}
