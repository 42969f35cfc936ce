// One look: is it earning, and if not, why?

import { html } from '../html.js';
import { Chart, hasData } from '../parts/chart.js';
import { Controls } from '../parts/control.js';
import { EventList } from '../parts/events.js';
import { HostFacts, NodeFacts } from '../parts/facts.js';
import { Gpus } from '../parts/gpus.js';
import { NothingFound } from '../parts/help.js';
import { ProcessList } from '../parts/miner.js';
import { Sources } from '../parts/sources.js';
import { Status } from '../parts/status.js';
import { Tiles } from '../parts/tiles.js';
import { history, sentenceNow } from '../state.js';

export function Overview() {
  const help = sentenceNow.value.offers.includes('help');
  // Empty figures and an empty chart would only stand between the question and its answer.
  const past = !help || (history.value !== null && hasData(history.value));
  return html`<${Status} />
    ${help && html`<${NothingFound} />`}
    ${!help && html`<${Tiles} />`}
    <div class=${past ? 'cols' : ''}>
      ${past && html`<div class="stack"><${Chart} /><${Gpus} /></div>`}
      <div class=${past ? 'stack' : 'cols even'}>
        <section aria-labelledby="miner"><div class="sh"><h2 id="miner">Miner</h2><a class="push" href="/miner">Details and log</a></div><${ProcessList} /><${Controls} /></section>
        <section aria-labelledby="latest"><div class="sh"><h2 id="latest">Latest events</h2><a class="push" href="/events">All events</a></div><${EventList} limit=${6} /></section>
      </div>
    </div>
    <div class="trio"><${NodeFacts} /><${HostFacts} /><${Sources} /></div>`;
}
