// An address that no view has.

import { html } from '../html.js';
import { here } from '../route.js';

export function Missing() {
  return html`<div class="head"><div><h1>This page does not exist</h1>
    <p class="intro">There is nothing at <code>${here.value}</code>. The address may be mistyped or belong to an older version.</p></div></div>
    <p><a class="btn" href="/">Go to the overview</a></p>`;
}
