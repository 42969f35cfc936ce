// The state sentence with what helps, and its voice for screen readers.

import { useEffect, useRef } from 'preact/hooks';
import { html } from '../html.js';
import { mayControl, sentenceNow, snapshot, spoken } from '../state.js';
import { CommandButton, available } from './control.js';
import { Shape } from './icon.js';

const WORDS = { ok: 'good', warn: 'needs attention', bad: 'bad', none: 'unknown', off: 'off' };

export function Status() {
  const { tone, title, detail, offers } = sentenceNow.value;
  const last = useRef(title);
  useEffect(() => {
    // Said when it changes; the figures in the detail change all the time.
    if (last.current !== title) spoken.value = title;
    last.current = title;
  }, [title]);
  const control = snapshot.value?.control;
  const start = control && mayControl.value && offers.includes('start') && available(control).start;
  return html`<div class="status">
    <${Shape} tone=${tone} />
    <h1><span class="vh">State ${WORDS[tone]}: </span><bdi>${title}</bdi></h1>
    ${detail && html`<p><bdi>${detail}</bdi></p>`}
    ${(start || offers.includes('log') || offers.includes('events')) && html`<div class="row">
      ${start && html`<${CommandButton} command="start" primary />`}
      ${offers.includes('log') && html`<a class="btn" href="/miner#log">Miner log</a>`}
      ${offers.includes('events') && html`<a class="btn" href="/events">What happened</a>`}
    </div>`}
  </div>`;
}
