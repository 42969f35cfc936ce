// Start, stop and restart: only what makes sense now and what this reader may.

import { useEffect, useState } from 'preact/hooks';
import { control as send, outcome } from '../actions.js';
import { count, sentence } from '../format.js';
import { html } from '../html.js';
import { isOk } from '../logic/sentence.js';
import { mayControl, session, snapshot, spoken } from '../state.js';
import { Icon, Shape } from './icon.js';

/**
 * @import { Control, Snapshot } from '../types.js'
 * @import { Command, Outcome as OutcomeOf } from '../actions.js'
 */

/** The second press must come within this time. */
const ARMED_MS = 5000;

/** What may be asked for in this state. @param {Control} control @returns {Record<Command, boolean>} */
export function available(control) {
  const has = (/** @type {string[]} */ ...phases) => control.instances.some((instance) => phases.includes(instance.phase));
  const canStart = control.program !== null;
  return {
    start: canStart && !has('running', 'starting', 'stopping'),
    stop: has('running', 'starting', 'backing_off'),
    restart: canStart && has('running', 'starting'),
  };
}

/** GPUs of the miners that answer. @param {Snapshot|null} now */
const gpuCount = (now) => (now ? now.miners.filter(isOk).reduce((sum, miner) => sum + miner.gpus.length, 0) : 0);

const LABELS = { start: 'Start miner', stop: 'Stop miner', restart: 'Restart' };

/** Stopping and restarting cost earnings, so they take two presses. @param {{ command: Command, primary?: boolean }} props */
export function CommandButton({ command, primary = false }) {
  const [armed, setArmed] = useState(false);
  const twice = command !== 'start';
  const gpus = gpuCount(snapshot.value);
  const on = gpus > 0 && twice ? ` on ${count(gpus, 'GPU')}` : '';
  const again = command === 'stop' ? 'Press again to stop' : 'Press again';
  useEffect(() => {
    if (!armed) return undefined;
    const timer = setTimeout(() => setArmed(false), ARMED_MS);
    return () => clearTimeout(timer);
  }, [armed]);
  const press = () => {
    if (twice && !armed) {
      setArmed(true);
      spoken.value = `Press again to ${command} the miner${on}`;
      return;
    }
    setArmed(false);
    send(command);
  };
  const rest = LABELS[command] + (command === 'stop' ? on : '');
  // Both words keep their place, so that the button does not move between the presses.
  const label = twice
    ? html`<span class="twice"><span data-off=${armed ? '' : undefined}>${rest}</span><span data-off=${armed ? undefined : ''}>${again}</span></span>`
    : rest;
  const kind = `btn${primary ? ' primary' : ''}${command === 'stop' ? ' danger' : ''}${armed ? ' armed' : ''}`;
  return html`<button type="button" class=${kind} data-command=${command} disabled=${outcome.value?.busy ?? false}
    onClick=${press} onBlur=${() => setArmed(false)}><${Icon} name=${command} />${label}</button>`;
}

/** The buttons, and beside them why some are missing. */
export function Controls() {
  const now = snapshot.value;
  if (!now) return null;
  const can = available(now.control);
  const may = mayControl.value;
  const any = can.start || can.stop || can.restart;
  return html`<div class="controls">
    ${may && any && html`<div class="row">
      ${can.start && html`<${CommandButton} command="start" primary />`}
      ${can.restart && html`<${CommandButton} command="restart" />`}
      ${can.stop && html`<${CommandButton} command="stop" />`}
    </div>`}
    <${Outcome} />
    ${remarks(now, may).map((words) => html`<p class="sub"><bdi>${words}</bdi></p>`)}
  </div>`;
}

/** What this reader asked for last, and what came of it. */
export function Outcome() {
  const last = outcome.value;
  if (!last) return null;
  if (!last.ok) return html`<p class="err"><${Shape} tone="bad" /><bdi>${last.words}</bdi></p>`;
  return html`<p class="said"><bdi>${reached(last, snapshot.value) ? DONE[last.command] : last.words}</bdi></p>`;
}

const DONE = { start: 'The miner was started.', stop: 'The miner was stopped.', restart: 'The miner was restarted.' };

/** Whether what was asked for has come about. @param {OutcomeOf} last @param {Snapshot|null} now */
function reached(last, now) {
  const instances = now?.control.instances ?? [];
  if (last.busy || instances.length === 0) return false;
  if (last.command === 'stop') return instances.every((instance) => instance.phase === 'stopped');
  return instances.some((instance) => instance.phase === 'running' && (instance.started_ms ?? 0) >= last.askedMs);
}

/** @param {Snapshot} now @param {boolean} may @returns {string[]} */
function remarks(now, may) {
  const { control } = now;
  const words = [];
  const alive = control.instances.some((instance) => ['running', 'starting', 'stopping'].includes(instance.phase));
  if (control.program === null) {
    words.push(`The dashboard cannot start a miner here: ${sentence(control.reason ?? 'no program is configured')}`);
  }
  if (!alive && now.miners.some(isOk)) {
    words.push('The miner that answers was not started by the dashboard, so it is only watched.');
  }
  if (!may) {
    const user = session.value?.user;
    words.push(user ? `${user.name} may look but not start or stop the miner (role ${user.role}).` : 'Sign in to start or stop the miner.');
  }
  return words;
}
