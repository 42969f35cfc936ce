// The page: its views, its frame, its start.

import { render } from 'preact';
import { whenSignedOut } from './api.js';
import { html } from './html.js';
import { isStale } from './logic/link.js';
import { checkSession, startLive } from './live.js';
import { Banners, Foot, Rail, TopBar, useTitle } from './parts/frame.js';
import { Tip } from './parts/value.js';
import { here, startRoutes } from './route.js';
import { hereMs, link, session, spoken, takeBoot } from './state.js';
import { Events } from './views/events.js';
import { MinerView } from './views/miner.js';
import { Missing } from './views/missing.js';
import { Overview } from './views/overview.js';

/** Every view, once. @type {import('./parts/frame.js').Route[]} */
const ROUTES = [
  { path: '/', name: 'Overview', icon: 'overview', view: Overview },
  { path: '/miner', name: 'Miner', icon: 'miner', view: MinerView },
  { path: '/events', name: 'Events', icon: 'events', view: Events },
];

function Page() {
  useTitle();
  const route = ROUTES.find(({ path }) => path === here.value);
  const View = route ? route.view : Missing;
  return html`<a class="skip" href="#main">Skip to content</a>
    <${TopBar} /><${Rail} routes=${ROUTES} />
    <main id="main" tabindex="-1" class=${isStale(link.value, hereMs.value) ? 'stale' : ''}><${Banners} /><${View} key=${here.value} /><${Foot} /></main>
    <${Tip} />
    <p class="vh" role="status">${spoken.value}</p>`;
}

/** The server writes the first values into the page, so that they are there with the first paint. */
function readBoot() {
  try {
    return JSON.parse(document.getElementById('boot')?.textContent ?? '');
  } catch {
    return {};
  }
}

takeBoot(readBoot());
startRoutes((to) => ROUTES.some(({ path }) => path === to));
whenSignedOut(checkSession);
render(html`<${Page} />`, /** @type {Element} */ (document.getElementById('app')));
if (!session.peek()) checkSession();
startLive();
