// The icons and state shapes, 16 × 16. Lines take the text's colour; shapes are
// filled. A shape never stands alone: a word is beside it.

import { html } from '../html.js';

/** @import { Tone } from '../types.js' */

const LINES = {
  overview: 'M2 13a6.5 6.5 0 1 1 12 0M8 10l3-4M9 10.5a1 1 0 1 1-2 0 1 1 0 0 1 2 0',
  miner: 'M3 2.5h10A1.5 1.5 0 0 1 14.5 4v8a1.5 1.5 0 0 1-1.5 1.5H3A1.5 1.5 0 0 1 1.5 12V4A1.5 1.5 0 0 1 3 2.5M4.5 6 7 8l-2.5 2M8.5 10.5h3',
  events: 'M2.5 4h.01M2.5 8h.01M2.5 12h.01M6 4h8M6 8h8M6 12h8',
  user: 'M10.5 5.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0M3 14c.5-3 2.5-4 5-4s4.5 1 5 4',
  start: 'M4.5 3v10l8-5z',
  stop: 'M4.5 3.5h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1',
  restart: 'M13 8a5 5 0 1 1-1.5-3.5M12 1.5v3.2H8.8',
  refresh: 'M3 8a5 5 0 0 1 8.5-3.5M13 8a5 5 0 0 1-8.5 3.5M12 1.5v3.2H8.8M4 14.5v-3.2h3.2',
};

/** @type {Record<Tone, string>} */
const SHAPES = {
  ok: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1M6.9 11.6 3.7 8.4 5 7.1l1.9 1.9 4.1-4.2L12.3 6z',
  warn: 'M8 .8 15.8 14.8H.2zM7.1 5.6h1.8v5H7.1zM7.1 11.7h1.8v1.7H7.1z',
  bad: 'M5 1h6l4 4v6l-4 4H5l-4-4V5zM5 6.2 6.8 8 5 9.8 6.2 11 8 9.2 9.8 11 11 9.8 9.2 8 11 6.2 9.8 5 8 6.8 6.2 5z',
  none: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3',
  off: 'M2 2h12v12H2zM5.2 5h2v6h-2zM8.8 5h2v6h-2z',
};

/** @param {{ name: keyof typeof LINES }} props */
export function Icon({ name }) {
  return html`<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><path d=${LINES[name]} /></svg>`;
}

/** @param {{ tone: Tone }} props */
export function Shape({ tone }) {
  return html`<svg class=${`shape ${tone}`} viewBox="0 0 16 16" aria-hidden="true"><path fill-rule="evenodd" d=${SHAPES[tone]} /></svg>`;
}

/** A state in words, with its shape and colour. @param {{ tone: Tone, children?: unknown }} props */
export function State({ tone, children }) {
  return html`<span class=${`st ${tone}`}><${Shape} tone=${tone} />${children}</span>`;
}
