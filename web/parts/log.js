// The last lines of the miner's own output.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { minerLog } from '../actions.js';
import { noteFor } from '../api.js';
import { clock, plainLog } from '../format.js';
import { html } from '../html.js';
import { Icon, Shape } from './icon.js';

const LINES = 200;
/** Often enough to follow, far below the server's limit of 600 reads a minute. */
const FOLLOW_MS = 3000;

export function MinerLog() {
  const [follow, setFollow] = useState(true);
  const [logs, setLogs] = useState(/** @type {{ name: string, text: string }[]|null} */ (null));
  const [note, setNote] = useState('');
  const [readMs, setReadMs] = useState(0);
  const alive = useRef(true);
  const read = async () => {
    try {
      const next = await minerLog(LINES);
      if (!alive.current) return;
      setLogs(next.map(({ name, text }) => ({ name, text: plainLog(text) })));
      setNote('');
      setReadMs(Date.now());
    } catch (error) {
      if (alive.current) setNote(noteFor(error));
    }
  };
  useEffect(() => {
    alive.current = true;
    read();
    return () => {
      alive.current = false;
    };
  }, []);
  useEffect(() => {
    if (!follow) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && read(), FOLLOW_MS);
    return () => clearInterval(timer);
  }, [follow]);
  return html`<section aria-labelledby="log"><div class="sh"><h2 id="log">Miner log</h2>
      <span class="sub">last ${LINES} lines${readMs > 0 && `, read ${clock(readMs, true)}`}</span>
      <label class="check push"><input type="checkbox" checked=${follow} onChange=${(/** @type {any} */ e) => setFollow(e.currentTarget.checked)} />Follow</label>
      <button type="button" class="btn" onClick=${read}><${Icon} name="refresh" />Refresh</button>
    </div>
    ${note && html`<p class="err"><${Shape} tone="bad" /><bdi>${note}</bdi></p>`}
    ${logs?.length === 0 && html`<p class="empty">No log yet. It begins when the dashboard starts a miner.</p>`}
    ${logs?.map(({ name, text }) => html`<${Lines} key=${name} name=${logs.length > 1 ? name : ''} text=${text} follow=${follow} />`)}
  </section>`;
}

/** @param {{ name: string, text: string, follow: boolean }} props */
function Lines({ name, text, follow }) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  // Whoever scrolled up to read is left there.
  const atEnd = useRef(true);
  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = /** @type {HTMLElement} */ (box.current);
    atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
  };
  useLayoutEffect(() => {
    if (follow && atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text, follow]);
  return html`${name && html`<h3><bdi>${name}</bdi></h3>`}
    <pre class="log" tabindex="0" role="log" aria-live="off" aria-label=${`Miner log ${name}`} ref=${box} onScroll=${scrolled}>${text || 'The log is empty.'}</pre>`;
}
