// History as the chart needs it, and how live values join it. Pure.

import { isNumber } from '../format.js';

/** @import { History } from '../types.js' */

/** The page refetches nothing for this long while values arrive one by one. */
const LIVE_PERIOD_MS = 5000;

export const RANGES = [
  { name: '1 h', words: 'last hour', ms: 3600e3 },
  { name: '24 h', words: 'last 24 h', ms: 24 * 3600e3 },
  { name: '7 d', words: 'last 7 days', ms: 7 * 24 * 3600e3 },
  { name: '30 d', words: 'last 30 days', ms: 30 * 24 * 3600e3 },
];

/**
 * The range to begin with: a day, or the last hour on a rig that has no more
 * to show, where a day would be one dot at the end of nothing.
 * @param {History} history @param {number} nowMs
 */
export function firstRange(history, nowMs) {
  const first = history.hashrate_hs.avg.findIndex(isNumber);
  const young = first < 0 || nowMs - history.at_ms[first] < RANGES[0].ms;
  return young ? RANGES[0] : RANGES[1];
}

/**
 * One line of the chart per array; x in seconds, in the middle of its bucket.
 * A hole between buckets becomes a bucket without values, so that no line is
 * drawn across it.
 * @param {History} history
 * @returns {{ x: number[], min: (number|null)[], avg: (number|null)[], max: (number|null)[] }}
 */
export function columns(history) {
  /** @type {number[]} */ const x = [];
  /** @type {(number|null)[]} */ const min = [];
  /** @type {(number|null)[]} */ const avg = [];
  /** @type {(number|null)[]} */ const max = [];
  const step = Math.max(1, history.step_ms);
  history.at_ms.forEach((at, i) => {
    const before = history.at_ms[i - 1];
    if (i > 0 && at <= before) return;
    if (i > 0 && at - before > 1.5 * step) {
      x.push((before + 1.5 * step) / 1000);
      min.push(null);
      avg.push(null);
      max.push(null);
    }
    const mean = history.hashrate_hs.avg[i];
    const known = isNumber(mean) ? mean : null;
    x.push((at + step / 2) / 1000);
    avg.push(known);
    min.push(known === null ? null : Math.min(known, history.hashrate_hs.min[i] ?? known));
    max.push(known === null ? null : Math.max(known, history.hashrate_hs.max[i] ?? known));
  });
  return { x, min, avg, max };
}

/**
 * Spans without data between `from` and `to`, in milliseconds: buckets without
 * a value and what no bucket covers. The newest bucket may still be filling.
 * @param {History} history @param {number} fromMs @param {number} toMs
 * @returns {[number, number][]}
 */
export function gaps(history, fromMs, toMs) {
  /** @type {[number, number][]} */ const found = [];
  const step = Math.max(1, history.step_ms);
  let covered = fromMs;
  history.at_ms.forEach((at, i) => {
    if (!isNumber(history.hashrate_hs.avg[i])) return;
    if (at > covered) found.push([covered, Math.min(at, toMs)]);
    covered = Math.max(covered, at + step);
  });
  // Less than two buckets at the right edge is a value that is still awaited.
  if (toMs - covered > Math.max(2 * step, 4 * LIVE_PERIOD_MS)) found.push([covered, toMs]);
  return found.filter(([from, to]) => to > from);
}

/**
 * The history with one live value added; a new object, the old one is unchanged.
 * Inside a bucket the mean is weighted by time, since the server does not say
 * of how many samples its own mean consists.
 * @param {History} history @param {number} atMs @param {number|null} hs
 * @returns {History}
 */
export function addLive(history, atMs, hs) {
  const step = history.step_ms;
  const count = history.at_ms.length;
  if (!(step > 0) || !isNumber(atMs) || count === 0) return history;
  const lastStart = history.at_ms[count - 1];
  if (atMs < lastStart) return history;
  const start = lastStart + Math.floor((atMs - lastStart) / step) * step;
  const value = isNumber(hs) ? hs : null;
  // The window slides, it does not grow.
  const shift = Math.max(0, atMs - history.to_ms);
  const moved = { ...history, from_ms: history.from_ms + shift, to_ms: history.to_ms + shift };
  const { min, avg, max } = history.hashrate_hs;
  if (start > lastStart) {
    moved.at_ms = [...history.at_ms, start];
    moved.hashrate_hs = { min: [...min, value], avg: [...avg, value], max: [...max, value] };
    return dropLeft(moved);
  }
  if (value === null) return moved;
  const mean = avg[count - 1];
  const share = Math.min(1, LIVE_PERIOD_MS / Math.max(LIVE_PERIOD_MS, atMs - start));
  moved.hashrate_hs = {
    min: replaceLast(min, Math.min(min[count - 1] ?? value, value)),
    avg: replaceLast(avg, isNumber(mean) ? mean + (value - mean) * share : value),
    max: replaceLast(max, Math.max(max[count - 1] ?? value, value)),
  };
  return moved;
}

/** @template T @param {T[]} list @param {T} value @returns {T[]} */
const replaceLast = (list, value) => [...list.slice(0, -1), value];

/**
 * Drops whole buckets that have left the window.
 * @param {History} history @returns {History}
 */
function dropLeft(history) {
  const keep = history.at_ms.findIndex((at) => at + history.step_ms > history.from_ms);
  if (keep <= 0) return history;
  const { min, avg, max } = history.hashrate_hs;
  return {
    ...history,
    at_ms: history.at_ms.slice(keep),
    hashrate_hs: { min: min.slice(keep), avg: avg.slice(keep), max: max.slice(keep) },
  };
}

/**
 * Top of an axis from zero: a little above the highest value, on a round step.
 * @param {number|null} highest
 */
export function niceTop(highest) {
  if (!isNumber(highest) || highest <= 0) return 1;
  const wanted = highest * 1.05;
  const power = 10 ** Math.floor(Math.log10(wanted / 5));
  const step = power * ([1, 2, 2.5, 5].find((n) => n * power >= wanted / 5) ?? 10);
  return Math.ceil(wanted / step) * step;
}

/**
 * What the chart shows, for those who cannot see it.
 * @param {History} history @param {string} words the range @param {(hs: number) => string} write
 */
export function describe(history, words, write) {
  const { min, avg, max } = columns(history);
  const means = avg.filter(isNumber);
  if (means.length === 0) return `Hashrate, ${words}: no data.`;
  const low = Math.min(...min.filter(isNumber));
  const high = Math.max(...max.filter(isNumber));
  const mean = history.totals.hashrate_avg_hs ?? means.reduce((sum, n) => sum + n, 0) / means.length;
  const holes = gaps(history, history.from_ms, history.to_ms).length;
  const missing = holes === 0 ? '' : ` ${holes} ${holes === 1 ? 'span' : 'spans'} without data.`;
  return `Hashrate, ${words}: mean ${write(mean)}, between ${write(low)} and ${write(high)}.${missing}`;
}
