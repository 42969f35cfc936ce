// The live connection: opens it, judges it, opens it again.

import { link, hereMs, loadEvents, loadHistory, refreshHistory, session, take } from './state.js';
import { ask, resumeReading, stopReading } from './api.js';
import { clean } from './logic/clean.js';
import { DEAD_MS, backOffMs, silenceMs } from './logic/link.js';

/** The server's code for "this session has ended". */
const SESSION_ENDED = 1008;
/** History and events come with the opened connection, or without it after this. */
const FIRST_LOAD_MS = 1000;

/** @type {WebSocket|null} */ let socket = null;
/** @type {ReturnType<typeof setTimeout>|undefined} */ let again;
let attempt = 0;
let stopped = false;

/** Starts all that keeps the page up to date. */
export function startLive() {
  connect();
  setTimeout(() => {
    if (!link.peek().open) fill();
  }, FIRST_LOAD_MS);
  setInterval(tick, 1000);
  addEventListener('online', hurry);
  addEventListener('pageshow', (event) => event.persisted && hurry());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && hurry());
}

/** Asks nothing more, as somebody is about to sign out. */
export function stopLive() {
  stopped = true;
  lost();
  clearTimeout(again);
  stopReading();
}

/** Somebody did not sign out after all. */
export function resumeLive() {
  stopped = false;
  resumeReading();
  hurry();
}

/** Fetches what may have been missed: the stream itself only tells what is new. */
function fill() {
  loadHistory();
  loadEvents();
}

function tick() {
  hereMs.value = Date.now();
  if (stopped) return;
  if (link.peek().open) refreshHistory();
  if (link.peek().open && silenceMs(link.peek(), Date.now()) > DEAD_MS) lost();
}

/** The network or the reader is back: do not wait for the next attempt. */
function hurry() {
  hereMs.value = Date.now();
  if (stopped) return;
  const silent = silenceMs(link.peek(), Date.now()) > DEAD_MS / 2;
  if (socket && socket.readyState === WebSocket.CONNECTING && !silent) return;
  if (socket && socket.readyState === WebSocket.OPEN && !silent) return;
  attempt = 0;
  lost(0);
}

function connect() {
  clearTimeout(again);
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const next = new WebSocket(`${scheme}//${location.host}/api/v1/stream`);
  let opened = false;
  socket = next;
  next.onopen = () => {
    opened = true;
    attempt = 0;
    link.value = { open: true, heardMs: Date.now() };
    fill();
  };
  next.onmessage = (message) => {
    const frame = parse(message.data);
    if (frame) take(frame);
  };
  next.onclose = (event) => {
    if (socket !== next) return;
    if (event.code === SESSION_ENDED) ended();
    else lost();
    if (!opened) checkSession();
  };
}

/** Without a session there is nothing to connect to again; the sign-in page comes instead. */
async function ended() {
  socket = null;
  link.value = { ...link.peek(), open: false };
  if (!(await checkSession())) lost();
}

/** Gives the connection up and plans the next one. @param {number} [pauseMs] */
function lost(pauseMs = backOffMs(attempt++)) {
  const old = socket;
  socket = null;
  if (old) {
    old.onmessage = old.onclose = null;
    // Closing one that is not open yet would be reported on the console.
    old.onopen = () => old.close();
    if (old.readyState === WebSocket.OPEN) old.close();
  }
  link.value = { ...link.peek(), open: false };
  clearTimeout(again);
  again = setTimeout(connect, pauseMs);
}

/**
 * A refused connection looks like a broken one; only this tells them apart.
 * @returns {Promise<boolean>} whether the sign-in page is on its way
 */
export async function checkSession() {
  try {
    const now = await ask('GET', '/api/v1/session');
    if (!now.signed_in && session.peek()?.signed_in) {
      location.reload();
      return true;
    }
    session.value = clean(now);
  } catch {
    // Not reachable: the next attempt tells.
  }
  return false;
}

/** @param {unknown} data */
function parse(data) {
  try {
    return typeof data === 'string' ? JSON.parse(data) : null;
  } catch {
    return null;
  }
}
