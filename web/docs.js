// The description of the API, for people. Plain DOM: it is read once, and the
// texts come from the server's own code.

import { get, noteFor } from './api.js';
import { shape } from './logic/schema.js';

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {string} tag @param {Record<string, string>} [attributes] @param {(Node|string)[]} children
 * @returns {HTMLElement}
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** @param {string} title @param {any} schema */
const block = (title, schema) => [element('h3', {}, title), element('pre', { class: 'code', tabindex: '0' }, shape(schema))];

/** @param {any} operation */
function parameters(operation) {
  if (!operation.parameters?.length) return [];
  const rows = operation.parameters.map((/** @type {any} */ one) => {
    // A parameter that is a JSON text has its schema as such.
    const schema = one.schema ?? one.content['application/json'].schema;
    return element('tr', {},
      element('th', { scope: 'row' }, element('code', {}, one.name)),
      element('td', {}, one.in),
      element('td', {}, shape(schema)),
      element('td', {}, schema.description ?? ''));
  });
  const head = element('thead', {}, element('tr', {}, ...['Parameter', 'In', 'Value', 'Meaning or default'].map((name) => element('th', { scope: 'col' }, name))));
  return [element('div', { class: 'scroll' }, element('table', {}, head, element('tbody', {}, ...rows)))];
}

/** @param {any} responses */
function answers(responses) {
  const refusals = [];
  const made = [];
  for (const [status, response] of Object.entries(responses)) {
    const [media, content] = Object.entries(/** @type {any} */ (response).content ?? {})[0] ?? [null, null];
    const about = `${status} ${/** @type {any} */ (response).description}`;
    if (Number(status) >= 400) refusals.push(about);
    else if (content && Object.keys(/** @type {any} */ (content)).length > 0) made.push(...block(`${about} · ${media}`, /** @type {any} */ (content).schema));
    else made.push(element('h3', {}, media ? `${about} · ${media}` : about));
  }
  made.push(element('p', { class: 'sub' }, `Refusals: ${refusals.join(', ')}`));
  return made;
}

/** @param {string} path @param {string} method @param {any} operation */
function entry(path, method, operation) {
  const access = operation['x-role'] ? `for a ${operation['x-role']} and above` : 'for everybody';
  const summary = element('summary', {}, element('span', { class: 'tag' }, method.toUpperCase()), ' ', element('code', {}, path), ' ', operation.summary);
  const made = element('details', { class: 'operation' }, summary, element('p', { class: 'sub' }, `Allowed ${access}.`), ...parameters(operation));
  const body = operation.requestBody?.content?.['application/json']?.schema;
  if (body) made.append(...block(operation.requestBody.required ? 'Takes' : 'May take', body));
  made.append(...answers(operation.responses));
  return made;
}

/** @param {any} description */
function show(description) {
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(/** @type {any} */ (operations))) {
      const tag = /** @type {any} */ (operation).tags?.[0] ?? '';
      groups.set(tag, [...(groups.get(tag) ?? []), entry(path, method, operation)]);
    }
  }
  const sections = [...groups].sort(([a], [b]) => a.localeCompare(b)).map(([tag, entries]) =>
    element('section', {}, element('div', { class: 'sh' }, element('h2', {}, tag)), ...entries));
  part('groups').replaceChildren(...sections);
}

/** Hides what does not have every word. */
function search() {
  const words = /** @type {HTMLInputElement} */ (part('search')).value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const section of part('groups').children) {
    let any = false;
    for (const one of section.querySelectorAll('details')) {
      const text = (one.textContent ?? '').toLowerCase();
      one.hidden = !words.every((word) => text.includes(word));
      if (!one.hidden) {
        found += 1;
        any = true;
      }
    }
    /** @type {HTMLElement} */ (section).hidden = !any;
  }
  part('count').textContent = `${found} ${found === 1 ? 'address' : 'addresses'}`;
}

part('search').addEventListener('input', search);
document.querySelector('form')?.addEventListener('submit', (event) => event.preventDefault());
try {
  show(await get('/api/openapi.json'));
  search();
} catch (error) {
  part('problem').textContent = noteFor(error);
  part('problem').hidden = false;
}
