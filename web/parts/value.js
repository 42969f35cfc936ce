// A value, or the dash that says why there is none. The reason shows on hover,
// focus and tap, in one floating tip that stays inside the window.

import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../html.js';
import { hereMs } from '../state.js';

/** @import { Reasons } from '../types.js' */

const tip = signal(/** @type {{ reason: string, at: HTMLElement }|null} */ (null));
const hide = () => {
  tip.value = null;
};

/** @param {{ reason?: string|null }} props */
export function Unknown({ reason }) {
  const words = reason || 'Not reported';
  /** @param {Event} event */
  const show = (event) => {
    tip.value = { reason: words, at: /** @type {HTMLElement} */ (event.currentTarget) };
  };
  return html`<button type="button" class="na" aria-label=${`Unknown: ${words}`}
    onMouseEnter=${show} onMouseLeave=${hide} onFocus=${show} onBlur=${hide} onClick=${show}>—</button>`;
}

/**
 * A field of an object as `write` puts it, or its reason for being unknown.
 * @param {{ of: Record<string, any> & { reasons?: Reasons }, field: string, write?: (value: any) => string|null, unit?: string }} props
 */
export function Value({ of, field, write = String, unit }) {
  const value = of[field];
  const words = value === null || value === undefined ? null : write(value);
  if (words === null) return html`<${Unknown} reason=${of.reasons?.[field]} />`;
  return unit ? html`${words} <span class="unit">${unit}</span>` : words;
}

/** The one tip of the page. */
export function Tip() {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const shown = tip.value;
  // Once a second is often enough to notice that the dash has become a value.
  const gone = hereMs.value > 0 && shown !== null && !shown.at.isConnected;
  useLayoutEffect(() => {
    const element = box.current;
    if (gone) hide();
    if (!element || !shown || gone) return;
    const at = shown.at.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = element;
    const left = Math.min(Math.max(8, at.left + at.width / 2 - width / 2), document.documentElement.clientWidth - width - 8);
    const above = at.top - height - 6;
    element.style.left = `${left}px`;
    element.style.top = `${above >= 8 ? above : at.bottom + 6}px`;
  });
  useEffect(() => {
    if (!shown) return undefined;
    /** @param {KeyboardEvent} event */
    const key = (event) => event.key === 'Escape' && hide();
    // A tap elsewhere: not every browser moves the focus with it.
    /** @param {Event} event */
    const press = (event) => event.target instanceof Node && !shown.at.contains(event.target) && hide();
    addEventListener('keydown', key);
    addEventListener('pointerdown', press);
    addEventListener('scroll', hide, { capture: true, passive: true });
    return () => {
      removeEventListener('keydown', key);
      removeEventListener('pointerdown', press);
      removeEventListener('scroll', hide, { capture: true });
    };
  }, [shown]);
  return shown && html`<div class="tip" aria-hidden="true" ref=${box}><bdi>${shown.reason}</bdi></div>`;
}
