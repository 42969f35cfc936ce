// The sign-in page, and the choice of the first password. Plain DOM: this page
// comes before everything else and needs no more.

import { ApiError, ask } from './api.js';
import { cleanText } from './logic/clean.js';
import { isReadable } from './logic/link.js';
import { firstRunProblem, signInWords } from './logic/signin.js';

/** @import { Session } from './types.js' */

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (part(id));

/** @returns {Promise<Session|null>} */
async function readSession() {
  try {
    return JSON.parse(part('boot').textContent ?? '');
  } catch {
    return ask('GET', '/api/v1/session').catch(() => null);
  }
}

/**
 * Connects a form: one request at a time, its error above the fields, the
 * field to blame marked and focused.
 * @param {HTMLElement} section @param {() => { problem: string, field: string }|null} check
 * @param {() => Promise<unknown>} send @param {(error: unknown) => { words: string, field: string|null }} explain
 */
function connect(section, check, send, explain) {
  const form = /** @type {HTMLFormElement} */ (section.querySelector('form'));
  const button = /** @type {HTMLButtonElement} */ (section.querySelector('[type=submit]'));
  const box = /** @type {HTMLElement} */ (section.querySelector('.err'));
  const line = /** @type {HTMLElement} */ (box.querySelector('span'));
  /** @param {string} words @param {string|null} field */
  const show = (words, field) => {
    box.hidden = words === '';
    line.textContent = words;
    for (const each of form.querySelectorAll('input')) each.toggleAttribute('aria-invalid', false);
    const blamed = field ? /** @type {HTMLInputElement|null} */ (form.querySelector(`input[name="${field}"]:not([readonly])`)) : null;
    blamed?.setAttribute('aria-invalid', 'true');
    blamed?.focus();
    if (blamed?.type === 'password') blamed.select();
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const found = check();
    if (found) {
      show(found.problem, found.field);
      return;
    }
    show('', null);
    button.disabled = true;
    try {
      await send();
    } catch (error) {
      const { words, field } = explain(error);
      button.disabled = false;
      show(words, field);
    }
  });
}

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof ApiError)) return { words: 'Something went wrong on this page. Reload it.', field: null };
  return { words: signInWords(error), field: error.field ?? (error.status === 401 ? 'password' : null) };
}

function signIn() {
  const section = part('sign-in');
  section.hidden = false;
  connect(
    section,
    () => {
      if (input('username').value === '') return { problem: 'Enter your user name.', field: 'username' };
      return input('password').value === '' ? { problem: 'Enter your password.', field: 'password' } : null;
    },
    async () => {
      const code = input('totp').value.trim();
      const given = { username: input('username').value, password: input('password').value };
      try {
        await ask('POST', '/api/v1/session', code === '' ? given : { ...given, totp: code });
      } catch (error) {
        // Whoever is asked for a code learns so after the right password.
        if (error instanceof ApiError && error.field === 'totp') part('code').hidden = false;
        throw error;
      }
      location.reload();
    },
    explain,
  );
  input('username').focus();
}

/** @param {string} token */
function firstRun(token) {
  const section = part('first-run');
  section.hidden = false;
  document.title = document.title.replace('Sign in', 'Choose a password');
  connect(
    section,
    () => firstRunProblem(input('new-password').value, input('repeat').value),
    async () => {
      await ask('POST', '/api/v1/first-run', { token, password: input('new-password').value });
      // The used link does not stay in the history.
      location.replace('/');
    },
    explain,
  );
  input('new-password').focus();
}

for (const button of document.querySelectorAll('[data-show]')) {
  button.addEventListener('click', () => {
    const field = input(/** @type {HTMLElement} */ (button).dataset.show ?? '');
    const shown = field.type === 'password';
    field.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
    /** @type {ChildNode} */ (button.firstChild).nodeValue = shown ? 'Hide' : 'Show';
    if (field.id === 'new-password') input('repeat').type = field.type;
  });
}

const session = await readSession();
const rig = cleanText(session?.rig ?? location.hostname);
part('rig').textContent = rig;
document.title = `Sign in · ${rig}`;
part('plain').hidden = !isReadable(location);
if (location.pathname === '/first-run') {
  const token = location.hash.slice(1);
  if (session && !session.first_run) part('used').hidden = false;
  else if (token === '') part('no-link').hidden = false;
  else firstRun(token);
} else {
  part('no-password').hidden = !session?.first_run;
  signIn();
}
