// How the connection to the dashboard is judged. Pure.

import { clock, duration } from '../format.js';

/** The server sends about every 5 s; two in a row missing is no accident. */
const LATE_MS = 12_000;
/** With the connection known to be gone the next value is missing after one period. */
const GONE_MS = 6_000;
/** An open connection that is silent for so long is dead without knowing it. */
export const DEAD_MS = 20_000;

/** Pause before attempt number `attempt` (0, 1, 2 …): 1, 2, 4, 8, then 15 s. @param {number} attempt */
export const backOffMs = (attempt) => Math.min(15_000, 1000 * 2 ** Math.max(0, attempt));

/** @typedef {{ open: boolean, heardMs: number }} Link when something was last heard, by this computer's clock */

/** @param {Link} link @param {number} nowMs */
export const silenceMs = (link, nowMs) => Math.max(0, nowMs - link.heardMs);

/** @param {Link} link @param {number} nowMs */
export const isStale = (link, nowMs) => silenceMs(link, nowMs) > (link.open ? LATE_MS : GONE_MS);

/**
 * The words of the top bar. The values' own time is the rig's.
 * @param {Link} link @param {number} nowMs @param {number|null} valuesMs
 */
export function linkWords(link, nowMs, valuesMs) {
  if (!isStale(link, nowMs)) return { stale: false, words: 'Live' };
  const from = valuesMs === null ? '' : `, values from ${clock(valuesMs, true)}`;
  return { stale: true, words: `No connection for ${duration(silenceMs(link, nowMs) / 1000)}${from}` };
}

/**
 * How far the rig's clock is from this one's. Small differences are the way of
 * the message, not of the clock. Rigs without a battery can be years off.
 * @param {number} rigMs @param {number} hereMs
 */
export function clockOffsetMs(rigMs, hereMs) {
  const offset = rigMs - hereMs;
  return Math.abs(offset) < 10_000 ? 0 : offset;
}

/**
 * Whether others on the way can read this page: plain HTTP, except on the
 * computer itself, which loopback never leaves.
 * @param {{ protocol: string, hostname: string }} address
 */
export const isReadable = ({ protocol, hostname }) =>
  protocol !== 'https:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
