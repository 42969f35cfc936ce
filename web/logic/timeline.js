// The list of events, newest first, fed by pages and by the stream. Pure.

/** @import { RigEvent } from '../types.js' */
/** @typedef {{ events: RigEvent[], more: boolean }} Timeline */

/** What is kept in memory at most; older ones can be asked for again. */
const KEEP = 1000;

/** @param {RigEvent[]} list @returns {RigEvent[]} each id once, newest first */
function inOrder(list) {
  const byId = new Map(list.map((event) => [event.id, event]));
  return [...byId.values()].sort((a, b) => b.id - a.id);
}

/**
 * An event from the stream.
 * @param {Timeline} timeline @param {RigEvent} event @returns {Timeline}
 */
export function addEvent(timeline, event) {
  const events = inOrder([event, ...timeline.events]);
  return events.length > KEEP
    ? { events: events.slice(0, KEEP), more: true }
    : { events, more: timeline.more };
}

/**
 * The newest page, fetched at first and after every reconnect. Where more has
 * happened than the page holds, the older part would leave a hole, so it goes
 * and can be asked for again.
 * @param {Timeline} timeline @param {Timeline} page @returns {Timeline}
 */
export function addNewest(timeline, page) {
  const oldest = Math.min(...page.events.map((event) => event.id));
  const known = Math.max(...timeline.events.map((event) => event.id));
  const joins = timeline.events.length > 0 && (!page.more || oldest <= known + 1);
  if (!joins) {
    // Events from the stream may be newer than the page.
    const newest = Math.max(0, ...page.events.map((event) => event.id));
    return {
      events: inOrder([...timeline.events.filter((event) => event.id > newest), ...page.events]),
      more: page.more,
    };
  }
  // Whoever reaches further back knows whether there is more.
  const first = Math.min(...timeline.events.map((event) => event.id));
  return {
    events: inOrder([...page.events, ...timeline.events]),
    more: oldest <= first || page.events.length === 0 ? page.more : timeline.more,
  };
}

/**
 * A page of older ones.
 * @param {Timeline} timeline @param {Timeline} page @returns {Timeline}
 */
export function addOlder(timeline, page) {
  return { events: inOrder([...timeline.events, ...page.events]), more: page.more };
}
