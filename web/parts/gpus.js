// The GPUs as the miner tells them. On a phone each row folds into two lines.

import { cardName, hashrate, isNumber, number, siScale } from '../format.js';
import { html } from '../html.js';
import { gpuMines, isOk } from '../logic/sentence.js';
import { snapshot } from '../state.js';
import { State } from './icon.js';
import { Unknown, Value } from './value.js';

/** @import { Gpu, Miner } from '../types.js' */

export function Gpus() {
  const miners = (snapshot.value?.miners ?? []).filter(isOk).filter((miner) => miner.gpus.length > 0);
  if (miners.length === 0) return null;
  // One unit per miner, so that its figures can be compared down the column.
  const scales = miners.map((miner) => siScale(Math.max(0, ...miner.gpus.map((gpu) => gpu.hashrate_hs).filter(isNumber))));
  const shared = scales.every(({ divisor }) => divisor === scales[0].divisor);
  return html`<section aria-labelledby="gpus">
    <div class="scroll"><table class="fold">
      <caption class="sh"><h2 id="gpus">GPUs</h2><span class="sub">as the miner tells them</span></caption>
      <thead><tr>
        <th scope="col">GPU</th><th scope="col">State</th>
        <th scope="col" class="n">Hashrate ${shared && html`<small>${scales[0].prefix}H/s</small>`}</th>
        <th scope="col" class="n">Shares <small>accepted</small></th>
        <th scope="col" class="n">Core <small>°C</small></th>
        <th scope="col" class="n z">Memory <small>°C</small></th>
        <th scope="col" class="n">Fan <small>%</small></th>
        <th scope="col" class="n">Power <small>W</small></th>
      </tr></thead>
      ${miners.map((miner, i) => html`<tbody key=${miner.address}>
        ${miners.length > 1 && html`<tr class="group"><th scope="rowgroup" colspan="8"><bdi>${miner.program}</bdi> <small><bdi>${miner.address}</bdi></small></th></tr>`}
        ${miner.gpus.map((gpu) => html`<${Row} key=${gpu.index} gpu=${gpu} miner=${miner} divisor=${scales[i].divisor} unit=${`${scales[i].prefix}H/s`} shared=${shared} />`)}
      </tbody>`)}
    </table></div>
  </section>`;
}

/** @param {{ gpu: Gpu, miner: Miner, divisor: number, unit: string, shared: boolean }} props */
function Row({ gpu, miner, divisor, unit, shared }) {
  /** @param {number} hs */
  const rate = (hs) => (divisor === 1 ? hashrate(hs)?.value ?? null : number(hs / divisor, 1));
  return html`<tr>
    <th scope="row"><span class="nw">GPU ${gpu.index}</span> <small><bdi class="name" title=${gpu.name ?? undefined}><${Value} of=${gpu} field="name" write=${cardName} /></bdi></small></th>
    <td class="k st-c"><${GpuState} gpu=${gpu} miner=${miner} /></td>
    <td class="n k" data-u=${gpu.hashrate_hs === null || !shared ? undefined : unit}><${Value} of=${gpu} field="hashrate_hs" write=${rate} unit=${shared ? undefined : unit} /></td>
    <td class="n" data-u="shares"><${Value} of=${gpu.shares} field="accepted" write=${number} /></td>
    <td class="n" data-u="°C"><${Value} of=${gpu} field="temp_c" write=${number} /></td>
    <td class="n z" data-l="memory" data-u="°C"><${Value} of=${gpu} field="memory_temp_c" write=${number} /></td>
    <td class="n" data-l="fan" data-u="%"><${Value} of=${gpu} field="fan_percent" write=${number} /></td>
    <td class="n" data-u="W"><${Value} of=${gpu} field="power_w" write=${number} /></td>
  </tr>`;
}

/** @param {{ gpu: Gpu, miner: Miner }} props */
function GpuState({ gpu, miner }) {
  if (gpu.paused !== null) return html`<${State} tone="off">Paused<//> <small class="why"><bdi>${gpu.paused}</bdi></small>`;
  if (gpuMines(gpu)) return html`<${State} tone="ok">Mining<//>`;
  if (miner.activity === 'starting') return html`<${State} tone="none">Starting<//>`;
  if (gpu.hashrate_hs === null) return html`<${State} tone="none">Unknown <${Unknown} reason=${gpu.reasons?.hashrate_hs} /><//>`;
  return html`<${State} tone=${miner.activity === 'mining' ? 'warn' : 'off'}>No hashrate<//>`;
}
