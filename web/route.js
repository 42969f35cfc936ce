// The address decides the view. The server answers every page address with the
// same page, so links work without it being asked again.

import { computed, signal } from '@preact/signals';

const path = signal(location.pathname);

/** Without a trailing slash, so that an address typed by hand fits. */
export const here = computed(() => path.value.replace(/\/+$/, '') || '/');

/** Starts to follow links inside the page. @param {(to: string) => boolean} known */
export function startRoutes(known) {
  addEventListener('popstate', () => {
    path.value = location.pathname;
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented) return;
    const elsewhere = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (elsewhere || link.origin !== location.origin || link.target || !known(link.pathname)) return;
    if (link.pathname === location.pathname && link.hash) return;
    event.preventDefault();
    go(link.pathname, link.hash);
  });
}

/** @param {string} to @param {string} [hash] */
function go(to, hash = '') {
  if (to !== location.pathname) history.pushState(null, '', to + hash);
  path.value = to;
  // After the new view is there; its beginning, or the part that was asked for.
  requestAnimationFrame(() => {
    const part = hash ? document.getElementById(hash.slice(1)) : null;
    if (part) part.scrollIntoView();
    else scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  });
}
