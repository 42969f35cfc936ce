// All that the page knows, in one place. Views read signals; only the
// functions here, in live.js and in actions.js write them.

import { batch, computed, signal } from '@preact/signals';
import { clockOffsetMs } from './logic/link.js';
import { clean } from './logic/clean.js';
import { pageSentence } from './logic/sentence.js';
import { RANGES, addLive, firstRange } from './logic/series.js';
import { addEvent, addNewest, addOlder } from './logic/timeline.js';
import { get, noteFor } from './api.js';

/**
 * @import { Frame, History, Session, Snapshot } from './types.js'
 * @import { Timeline } from './logic/timeline.js'
 */

const EVENTS_PAGE = 100;
const HISTORY_POINTS = 300;

export const session = signal(/** @type {Session|null} */ (null));
export const snapshot = signal(/** @type {Snapshot|null} */ (null));
export const link = signal({ open: false, heardMs: Date.now() });

/** This computer's clock, once a second, and the rig's. */
export const hereMs = signal(Date.now());
const offsetMs = signal(0);
export const rigMs = computed(() => hereMs.value + offsetMs.value);

/** The chart: a range that ends now, or a part of it that was zoomed into. */
export const range = signal(RANGES[1]);
export const zoom = signal(/** @type {{ from: number, to: number }|null} */ (null));
export const history = signal(/** @type {History|null} */ (null));
export const historyNote = signal('');

export const timeline = signal(/** @type {Timeline} */ ({ events: [], more: false }));
export const timelineNote = signal('');

/** Said to screen readers. */
export const spoken = signal('');

export const sentenceNow = computed(() =>
  pageSentence(snapshot.value, link.value, { hereMs: hereMs.value, rigMs: rigMs.value }, timeline.value.events),
);

/** Whether this reader may start and stop the miner; the server decides, this only hides buttons. */
export const mayControl = computed(() => {
  const s = session.value;
  if (!s) return false;
  return s.user ? s.user.role !== 'viewer' : s.auth_mode === 'open' || s.demo;
});

/** @param {Snapshot} next */
function takeSnapshot(next) {
  const last = snapshot.peek();
  const offset = clockOffsetMs(next.at_ms, Date.now());
  batch(() => {
    snapshot.value = next;
    offsetMs.value = offset;
    hereMs.value = Date.now();
    const shown = history.peek();
    if (shown && !zoom.peek() && next.at_ms !== last?.at_ms) {
      history.value = addLive(shown, next.at_ms, next.summary.hashrate_hs);
    }
  });
}

/** @param {Frame} frame */
export function take(frame) {
  batch(() => {
    link.value = { open: true, heardMs: Date.now() };
    if (frame.type === 'snapshot') takeSnapshot(clean(frame.snapshot));
    if (frame.type === 'event') timeline.value = addEvent(timeline.peek(), clean(frame.event));
  });
}

/** The version of the server that gave this page; another one may have changed what the page relies on. */
export const loadedVersion = signal(/** @type {string|null} */ (null));

/** @param {{ session?: Session, snapshot?: Snapshot }} boot what the server wrote into the page */
export function takeBoot(boot) {
  batch(() => {
    loadedVersion.value = boot.snapshot?.version ?? null;
    if (boot.session) session.value = clean(boot.session);
    if (boot.snapshot) takeSnapshot(clean(boot.snapshot));
  });
}

/** Sums and means do not follow the live values, so they are read again after a while. */
const HISTORY_FRESH_MS = 60_000;
let historyReadMs = 0;

/** Called every second; reads again when a new bucket has filled. */
export function refreshHistory() {
  const shown = history.peek();
  if (!shown || zoom.peek() || document.visibilityState !== 'visible') return;
  if (Date.now() - historyReadMs > Math.max(HISTORY_FRESH_MS, shown.step_ms)) loadHistory();
}

/** By the reader, or by the first answer. */
let rangeChosen = false;

/** The last request for history; an older answer that comes later is not shown. */
let historyTurn = 0;

export async function loadHistory() {
  const turn = ++historyTurn;
  historyReadMs = Date.now();
  const part = zoom.peek();
  const to = part ? part.to : Date.now() + offsetMs.peek();
  const from = part ? part.from : to - range.peek().ms;
  try {
    const answer = await get(`/api/v1/history?from=${Math.round(from)}&to=${Math.round(to)}&points=${HISTORY_POINTS}`);
    if (turn !== historyTurn) return;
    if (!rangeChosen && firstRange(answer, to) !== range.peek()) {
      await showRange(firstRange(answer, to));
      return;
    }
    rangeChosen = true;
    batch(() => {
      history.value = answer;
      historyNote.value = '';
    });
  } catch (error) {
    if (turn === historyTurn) historyNote.value = noteFor(error);
  }
}

export async function loadEvents() {
  try {
    const page = clean(await get(`/api/v1/events?limit=${EVENTS_PAGE}`));
    batch(() => {
      timeline.value = addNewest(timeline.peek(), page);
      timelineNote.value = '';
    });
  } catch (error) {
    timelineNote.value = noteFor(error);
  }
}

export async function loadOlderEvents() {
  const oldest = timeline.peek().events.at(-1);
  if (!oldest) return loadEvents();
  try {
    const page = clean(await get(`/api/v1/events?limit=${EVENTS_PAGE}&before=${oldest.id}`));
    batch(() => {
      timeline.value = addOlder(timeline.peek(), page);
      timelineNote.value = '';
    });
  } catch (error) {
    timelineNote.value = noteFor(error);
  }
  return undefined;
}

/** @param {typeof RANGES[number]} next */
export function showRange(next) {
  rangeChosen = true;
  batch(() => {
    range.value = next;
    zoom.value = null;
  });
  return loadHistory();
}

/** @param {{ from: number, to: number }|null} part milliseconds, or null to return to the range */
export function showPart(part) {
  zoom.value = part;
  return loadHistory();
}
