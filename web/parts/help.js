// What to do where no miner was found.

import { html } from '../html.js';
import { snapshot } from '../state.js';

export function NothingFound() {
  const looked = snapshot.value?.looked_at ?? [];
  return html`<section class="help" aria-labelledby="help"><div class="sh"><h2 id="help">How to see your miner here</h2></div>
    <ol class="steps">
      <li><b>Start it, with its API switched on.</b>
        <p>The dashboard looks again by itself, on this computer, at the default ports of the miner programs it knows${looked.length === 0 ? '.' : ':'}</p>
        ${looked.length > 0 && html`<p class="mono sub looked">${looked.map((address) => html`<bdi key=${address}>${address}</bdi> `)}</p>`}
      </li>
      <li><b>Is its API on another port or computer?</b>
        <p>Start the dashboard with its address. <code>quaiminer-dashboard --help</code> lists the programs and the ways to write it.</p>
        <pre class="code" tabindex="0" aria-label="Example command">MINER_API_URL=http://192.168.1.20:4067 quaiminer-dashboard</pre>
      </li>
      <li><b>No miner at hand?</b>
        <p>The demo shows a simulated rig with six GPUs, clearly marked as such.</p>
        <pre class="code" tabindex="0" aria-label="Command of the demo">quaiminer-dashboard --demo</pre>
      </li>
    </ol>
  </section>`;
}
