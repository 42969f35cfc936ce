// What is around every view: top bar, rail, banners, foot.

import { useEffect, useState } from 'preact/hooks';
import { signOut } from '../actions.js';
import { ago } from '../format.js';
import { html } from '../html.js';
import { isReadable, linkWords } from '../logic/link.js';
import { here } from '../route.js';
import { hereMs, link, loadedVersion, rigMs, sentenceNow, session, snapshot } from '../state.js';
import { Icon, Shape, State } from './icon.js';
import { storeWords } from './sources.js';

/** @typedef {{ path: string, name: string, icon: string, view: unknown }} Route */

const rigName = () => snapshot.value?.rig ?? session.value?.rig ?? 'Rig';

export function TopBar() {
  return html`<header class="top">
    <a class="brand" href="/"><bdi class="name">${rigName()}</bdi></a>
    ${isDemo() && html`<span class="tag">Demo</span>`}
    <${Live} />
    <${UserMenu} />
  </header>`;
}

function Live() {
  const valuesMs = snapshot.value?.at_ms ?? null;
  const { stale, words } = linkWords(link.value, hereMs.value, valuesMs);
  if (stale) return html`<p class="live stale"><${Shape} tone="warn" /><span>${words}</span></p>`;
  const age = valuesMs === null ? null : ago((rigMs.value - valuesMs) / 1000);
  return html`<p class="live"><i aria-hidden="true"></i>Live${age && html` <span class="wide">· updated ${age}</span>`}</p>`;
}

function UserMenu() {
  const [note, setNote] = useState('');
  const user = session.value?.user;
  const name = user ? user.name : 'Not signed in';
  return html`<div class="push user">
    <button type="button" class="btn bare" popovertarget="user-menu" aria-label=${user ? `Signed in as ${user.name}, menu` : 'Not signed in, menu'}>
      <${Icon} name="user" /><bdi class="wide name">${name}</bdi></button>
    <div class="menu" id="user-menu" popover>
      ${user ? html`<p>Signed in as <b><bdi>${user.name}</bdi></b><br /><span class="sub">Role: ${user.role}</span></p>
          <button type="button" class="btn full" id="sign-out" onClick=${async () => setNote(await signOut())}>Sign out</button>`
        : html`<p>Nobody is signed in.<br /><span class="sub">${session.value?.demo ? 'The demo needs no sign-in on this computer.' : 'This dashboard is open: it asks nobody to sign in.'}</span></p>`}
      ${note && html`<p class="err" role="alert"><${Shape} tone="bad" />${note}</p>`}
      <p class="sub">QuaiMiner Dashboard ${snapshot.value?.version ?? session.value?.version ?? ''}</p>
    </div>
  </div>`;
}

/** @param {{ routes: Route[] }} props */
export function Rail({ routes }) {
  return html`<nav class="rail" aria-label="Views"><ul>
    ${routes.map(({ path, name, icon }) => html`<li key=${path}><a href=${path} aria-current=${here.value === path ? 'page' : undefined}><${Icon} name=${icon} />${name}</a></li>`)}
  </ul></nav>`;
}

const isDemo = () => snapshot.value?.demo ?? session.value?.demo ?? false;

/** What must be known before any figure is read. */
export function Banners() {
  const store = snapshot.value?.store;
  const updated = loadedVersion.value !== null && snapshot.value !== null && snapshot.value.version !== loadedVersion.value;
  return html`<div class="banners">
    ${isDemo() && html`<p class="note plain"><${State} tone="none">Demo<//> Everything here is simulated: no real rig, pool or node is shown. Start the dashboard without <code>--demo</code> to see your own.</p>`}
    ${session.value?.auth_mode === 'open' && !isDemo() && html`<p class="note"><${State} tone="warn">Open<//> Anyone who reaches this address can start and stop the miner, because the dashboard runs with <code>AUTH_MODE=open</code>. Start it without that to require signing in.</p>`}
    ${updated && html`<p class="note plain"><${State} tone="none">New version<//> The dashboard was updated to ${snapshot.value?.version}. <button type="button" class="link" onClick=${() => location.reload()}>Load the page again</button></p>`}
    ${store?.state === 'failing' && html`<p class="note"><${State} tone="warn">History is not saved<//> <bdi>${storeWords(store)}</bdi> Mining and this page go on.</p>`}
  </div>`;
}

export function Foot() {
  if (!isReadable(location)) return null;
  return html`<footer class="foot sub"><p><${State} tone="warn">Not encrypted<//> This page came over plain HTTP: others on this network could read it, and your password when you sign in.</p></footer>`;
}

/** The window's title is the state, so that a tab tells it too. */
export function useTitle() {
  const { title } = sentenceNow.value;
  const rig = rigName();
  useEffect(() => {
    document.title = `${title} · ${rig}`;
  }, [title, rig]);
}
