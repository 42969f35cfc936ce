// What the reader can make happen. Each says what it does and what it did.

import { batch, signal } from '@preact/signals';
import { ask, noteFor } from './api.js';
import { resumeLive, stopLive } from './live.js';
import { cleanText } from './logic/clean.js';
import { rigMs, spoken } from './state.js';

/**
 * @typedef {'start'|'stop'|'restart'} Command
 * @typedef {{ command: Command, askedMs: number, busy: boolean, ok: boolean, words: string }} Outcome askedMs by the rig's clock
 */

/** The last command of this reader, on its way or answered. */
export const outcome = signal(/** @type {Outcome|null} */ (null));

const DOING = { start: 'Starting the miner…', stop: 'Stopping the miner…', restart: 'Restarting the miner…' };

/** The real state follows in the stream; the answer only says that it was taken. @param {Command} command */
export async function control(command) {
  if (outcome.peek()?.busy) return;
  // The rig's clock is only known to about a second.
  const askedMs = rigMs.peek() - 1500;
  tell({ command, askedMs, busy: true, ok: true, words: DOING[command] });
  try {
    const answer = await ask('POST', `/api/miner/${command}`);
    const words = answer.success ? answer.message : answer.error;
    tell({ command, askedMs, busy: false, ok: answer.success === true, words: cleanText(String(words ?? 'The dashboard did not say what it did.')) });
  } catch (error) {
    tell({ command, askedMs, busy: false, ok: false, words: noteFor(error) });
  }
}

/** A success is old news after this; an error stays until the next command. */
const FRESH_MS = 30_000;

/** @param {Outcome} next */
function tell(next) {
  if (next.ok && !next.busy) {
    setTimeout(() => {
      if (outcome.peek() === next) outcome.value = null;
    }, FRESH_MS);
  }
  batch(() => {
    outcome.value = next;
    spoken.value = next.words;
  });
}

/** After it the server answers every address with the sign-in page. @returns {Promise<string>} what went wrong, or nothing */
export async function signOut() {
  stopLive();
  try {
    await ask('DELETE', '/api/v1/session');
    location.reload();
    return '';
  } catch (error) {
    resumeLive();
    return noteFor(error);
  }
}

/**
 * The miner's log as plain text per process.
 * @param {number} lines @returns {Promise<{ name: string, text: string }[]>}
 */
export async function minerLog(lines) {
  const answer = await ask('GET', `/api/miner/logs?lines=${lines}`);
  if (answer.success === false) throw new Error(String(answer.error ?? 'The log cannot be read.'));
  const logs = answer.logs;
  if (typeof logs === 'string') return [{ name: '', text: logs }];
  // One text per process where there are several.
  return Object.entries(logs ?? {}).map(([name, text]) => ({ name, text: String(text) }));
}
