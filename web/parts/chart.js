// The hashrate chart with its ranges, its reading at the cursor and its zoom.

import { useEffect, useRef } from 'preact/hooks';
import { signal, useSignalEffect } from '@preact/signals';
import { hashrate, isNumber, moment, number, siScale, text } from '../format.js';
import { html } from '../html.js';
import { RANGES, columns, describe, gaps } from '../logic/series.js';
import { history, historyNote, loadHistory, range, rigMs, showPart, showRange, spoken, timeline, zoom } from '../state.js';
import { plot } from './plot.js';

/** @import { History, RigEvent } from '../types.js' */

/** A zoom closer than this shows single samples, which come every 5 s. */
const MIN_ZOOM_MS = 60_000;

/** What the cursor points at. */
const reading = signal(/** @type {{ index: number|null, xMs: number, nearMs: number }|null} */ (null));

export function Chart() {
  const shown = history.value;
  const words = zoom.value ? `${moment(zoom.value.from, rigMs.value)} to ${moment(zoom.value.to, rigMs.value)}` : range.value.words;
  const { prefix } = siScale(highest(shown));
  const label = shown ? describe(shown, words, (hs) => text(hashrate(hs)) ?? '') : 'Hashrate: no history yet.';
  return html`<section aria-labelledby="hashrate-chart"><figure class="chart">
    <figcaption class="sh">
      <h2 id="hashrate-chart">Hashrate</h2>
      <span class="sub">${prefix}H/s, ${words}</span>
      <span class="key sub"><i class="k-mean" aria-hidden="true"></i>mean, min to max</span>
      ${hasGaps(shown) && html`<span class="key sub"><i class="k-gap" aria-hidden="true"></i>no data</span>`}
      <fieldset class="seg push"><legend class="vh">Range of the chart</legend>
        ${RANGES.map((r) => html`<label key=${r.name}><input type="radio" name="range" checked=${r === range.value && !zoom.value} onChange=${() => showRange(r)} onClick=${() => zoom.value && showRange(r)} />${r.name}</label>`)}
      </fieldset>
    </figcaption>
    <${Plot} label=${label} />
    <div class="below">${zoom.value && html`<button type="button" class="btn" onClick=${() => showPart(null)}>Back to the ${range.value.words}</button>`}
    <p class="sub reading">${historyNote.value ? html`<span class="warn">${historyNote.value}</span> <button type="button" class="link" onClick=${loadHistory}>Try again</button>` : html`<${Reading} />`}</p></div>
  </figure></section>`;
}

/** @param {{ label: string }} props */
function Plot({ label }) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const drawn = useRef(/** @type {ReturnType<typeof plot>|null} */ (null));
  const state = useRef({ divisor: 1, empty: true, gaps: /** @type {[number, number][]} */ ([]), events: /** @type {RigEvent[]} */ ([]), nowMs: 0, span: { from: 0, to: 1 } });
  useSignalEffect(() => {
    const shown = history.value;
    const { events } = timeline.value;
    if (!shown || !box.current) return;
    Object.assign(state.current, {
      divisor: siScale(highest(shown)).divisor,
      empty: !hasData(shown),
      gaps: gaps(shown, shown.from_ms, shown.to_ms),
      events,
      nowMs: shown.to_ms,
      span: { from: shown.from_ms, to: shown.to_ms },
    });
    const { x, min, avg, max } = columns(shown);
    /** @type {[number[], ...(number|null)[][]]} */
    const data = [x, max, min, avg];
    if (drawn.current) drawn.current.u.setData(data);
    else drawn.current = plot(box.current, data, state.current, calls);
  });
  useEffect(() => () => {
    drawn.current?.destroy();
    drawn.current = null;
    reading.value = null;
  }, []);
  return html`<div class="plot" ref=${box} role="application" aria-roledescription="chart" tabindex="0" aria-label=${`${label} Left and right arrow keys read single values.`}
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => drawn.current && walk(drawn.current.u, event)}></div>`;
}

const calls = {
  /** @param {typeof reading.value} at */
  onPoint(at) {
    reading.value = at;
  },
  /** @param {number} from @param {number} to */
  onZoom(from, to) {
    if (to - from < MIN_ZOOM_MS) {
      const middle = (from + to) / 2;
      showPart({ from: middle - MIN_ZOOM_MS / 2, to: middle + MIN_ZOOM_MS / 2 });
    } else showPart({ from, to });
  },
  onReturn() {
    if (zoom.peek()) showPart(null);
  },
};

/** The arrow keys move the cursor. @param {ReturnType<typeof plot>['u']} u @param {KeyboardEvent} event */
function walk(u, event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) {
    if (event.key === 'Escape') calls.onReturn();
    return;
  }
  event.preventDefault();
  const last = u.data[0].length - 1;
  const index = Math.min(last, Math.max(0, (u.cursor.idx ?? last + (step < 0 ? 1 : 0)) + step));
  u.setCursor({ left: u.valToPos(u.data[0][index], 'x'), top: 0 });
  const shown = history.peek();
  if (shown) spoken.value = readingWords(shown, index, rigMs.peek());
}

/** The reading at the cursor, or the sums of the range. */
function Reading() {
  const shown = history.value;
  if (!shown) return 'Reading the history…';
  const at = reading.value;
  if (!at) return html`<span>${sums(shown)}</span>`;
  const events = timeline.value.events.filter((event) => Math.abs(event.at_ms - at.xMs) < at.nearMs).slice(0, 2);
  return html`<span>${at.index === null ? '' : readingWords(shown, at.index, rigMs.value)}</span>
    ${events.map((event) => html`<span class="at-event" key=${event.id}>${moment(event.at_ms, rigMs.value, true)} <bdi>${event.message}</bdi></span>`)}`;
}

/** @param {History} shown @param {number} index @param {number} nowMs */
function readingWords(shown, index, nowMs) {
  const { x, min, avg, max } = columns(shown);
  const ms = (x[index] ?? 0) * 1000;
  const time = moment(ms, nowMs, shown.step_ms < 60_000);
  const mean = avg[index];
  if (!isNumber(mean)) return `${time}: no data`;
  const { divisor, prefix } = siScale(mean);
  const [low, high] = [min[index], max[index]].map((hs) => number((hs ?? mean) / divisor, 1));
  return `${time}: ${number(mean / divisor, 1)} ${prefix}H/s, ${low} to ${high}`;
}

/** @param {History} shown */
function sums(shown) {
  if (!hasData(shown)) return 'Nothing was recorded in this range.';
  if (shown.totals.coverage === 0) return 'Nothing has been recorded in this range yet, only what is measured now is drawn.';
  const { totals } = shown;
  const parts = [];
  const mean = text(hashrate(totals.hashrate_avg_hs));
  if (mean) parts.push(`mean ${mean}`);
  if (isNumber(totals.accepted)) parts.push(`${number(totals.accepted)} shares accepted`);
  if (isNumber(totals.rejected)) parts.push(`${number(totals.rejected)} rejected`);
  if (isNumber(totals.coverage)) parts.push(`data for ${number(totals.coverage * 100, totals.coverage < 0.9995 && totals.coverage > 0 ? 1 : 0)} % of the time`);
  return `In this range: ${parts.join(', ')}.`;
}

/** @param {History} shown */
export const hasData = (shown) => shown.hashrate_hs.avg.some(isNumber);

/** @param {History|null} shown */
const hasGaps = (shown) => shown !== null && gaps(shown, shown.from_ms, shown.to_ms).length > 0;

/** @param {History|null} shown */
const highest = (shown) => Math.max(0, ...(shown?.hashrate_hs.max ?? []).filter(isNumber));
