// What happened, newest first.

import { clock, day, dayName } from '../format.js';
import { html } from '../html.js';
import { rigMs, timeline, timelineNote } from '../state.js';
import { Shape } from './icon.js';

/** @import { RigEvent, Severity, Tone } from '../types.js' */

/** @type {Record<Severity, Tone>} */
const TONES = { info: 'none', warning: 'warn', error: 'bad' };
const WORDS = { info: 'Note', warning: 'Warning', error: 'Error' };

/** @param {Severity} severity @returns {Tone} */
export const toneOf = (severity) => TONES[severity] ?? 'none';

/** @param {{ event: RigEvent, seconds?: boolean }} props */
function Entry({ event, seconds = false }) {
  return html`<li>
    <time datetime=${new Date(event.at_ms).toISOString()}>${clock(event.at_ms, seconds)}</time>
    <span class="ev"><${Shape} tone=${toneOf(event.severity)} /><span class="vh">${WORDS[event.severity] ?? 'Note'}: </span><span><bdi>${event.message}</bdi>
      ${event.actor && !event.message.includes(event.actor) && html` <span class="sub nw">by <bdi>${event.actor}</bdi></span>`}</span></span>
  </li>`;
}

/** @param {{ limit?: number, seconds?: boolean }} props */
export function EventList({ limit = Infinity, seconds }) {
  const { events } = timeline.value;
  const shown = events.slice(0, limit);
  if (shown.length === 0) {
    return html`<p class="empty">${timelineNote.value || 'Nothing has happened yet. Starts, stops, sign-ins and faults will be listed here.'}</p>`;
  }
  /** @type {{ name: string, list: RigEvent[] }[]} */
  const days = [];
  for (const event of shown) {
    const name = dayName(event.at_ms, rigMs.value);
    if (days.at(-1)?.name !== name) days.push({ name, list: [] });
    days.at(-1)?.list.push(event);
  }
  return html`<div class="days">${days.map(({ name, list }) => html`<div key=${day(list[0].at_ms, 0)}>
    ${(days.length > 1 || name !== 'Today') && (seconds ? html`<h2>${name}</h2>` : html`<h3>${name}</h3>`)}
    <ol class=${seconds ? 'list t s' : 'list t'}>${list.map((event) => html`<${Entry} key=${event.id} event=${event} seconds=${seconds} />`)}</ol>
  </div>`)}</div>`;
}
