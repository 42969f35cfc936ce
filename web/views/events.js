// Everything that happened, newest first.

import { useState } from 'preact/hooks';
import { number } from '../format.js';
import { html } from '../html.js';
import { EventList } from '../parts/events.js';
import { loadOlderEvents, timeline, timelineNote } from '../state.js';

export function Events() {
  const [busy, setBusy] = useState(false);
  const { events, more } = timeline.value;
  const older = async () => {
    setBusy(true);
    await loadOlderEvents();
    setBusy(false);
  };
  return html`<div class="head"><div><h1>Events</h1><p class="intro">Starts, stops, sign-ins, faults and their ends, with who and why. Times are those of this device.</p></div></div>
    <div class="narrow"><${EventList} seconds />
      ${timelineNote.value && events.length > 0 && html`<p class="err" role="alert">${timelineNote.value}</p>`}
      ${more ? html`<button type="button" class="btn" id="older" disabled=${busy} onClick=${older}>${busy ? 'Reading…' : 'Show older events'}</button>`
        : events.length > 0 && html`<p class="sub">These are all ${number(events.length)} events.</p>`}
    </div>`;
}
