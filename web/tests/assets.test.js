// What the server embeds: complete, unmodified where it is not ours, and
// without anything that the content security policy would refuse.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (name) => readFileSync(join(web, name), 'utf8');
const PAGES = ['index.html', 'signin.html', 'docs.html'];
const ours = ['.', 'logic', 'parts', 'views'].flatMap((dir) =>
  readdirSync(join(web, dir)).filter((name) => name.endsWith('.js')).map((name) => normalize(join(dir, name))));

const importMap = JSON.parse(/<script type="importmap">([\s\S]*?)<\/script>/.exec(read('index.html'))[1]).imports;
const importsOf = (name) => [...read(name).matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)].map(([, from]) => from);

/** Modules that the page loads, beginning with `entry`; bare names through the import map. */
function graph(entry, seen = new Set()) {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const from of importsOf(entry)) {
    if (from.startsWith('.')) graph(normalize(join(dirname(entry), from)), seen);
    else seen.add(importMap[from]?.replace('/assets/', '') ?? `unmapped ${from} in ${entry}`);
  }
  return seen;
}

test('the page preloads exactly the modules that it loads', () => {
  const preloaded = [...read('index.html').matchAll(/rel="modulepreload" href="\/assets\/([^"]+)"/g)].map(([, name]) => name);
  const loaded = [...graph('app.js')].filter((name) => name !== 'app.js');
  // What a vendored module imports in turn stands in the import map as well.
  const vendored = Object.values(importMap).map((path) => path.replace('/assets/', ''));
  assert.deepEqual([...new Set(preloaded)].sort(), [...new Set([...loaded, ...vendored])].sort());
  assert.equal(preloaded.length, new Set(preloaded).size);
});

test('the plain pages load no module through an import map', () => {
  for (const name of [...graph('signin.js'), ...graph('docs.js')]) assert.ok(!name.includes('vendor') && !name.startsWith('unmapped'), name);
});

test('every module of ours is used', () => {
  // A browser with the old page's service worker asks for sw.js by itself.
  const used = new Set([...graph('app.js'), ...graph('signin.js'), ...graph('docs.js'), 'types.js', 'sw.js']);
  for (const name of ours) assert.ok(used.has(name), name);
});

test('every asset that a page names exists', () => {
  for (const page of PAGES) {
    const named = [...read(page).matchAll(/(?:src|href)="\/assets\/([^"]+)"|"\/assets\/([^"]+)"/g)].map((match) => match[1] ?? match[2]);
    assert.ok(named.length > 2, page);
    for (const name of named) assert.ok(existsSync(join(web, name)), `${page}: ${name}`);
  }
});

test('pages have no inline code and no other origin', () => {
  for (const page of PAGES) {
    const html = read(page);
    assert.ok(!/\sstyle=|\son[a-z]+=|<style|javascript:/i.test(html), page);
    assert.ok(!/(?:src|href|action)="(?:https?:)?\/\//i.test(html), page);
    for (const [, attributes] of html.matchAll(/<script([^>]*)>/g)) assert.match(attributes, /src=|importmap|application\/json/);
    assert.equal(html.split('{{boot}}').length, 2, 'the place for the first values, once');
    assert.match(html, /<script type="application\/json" id="boot">\{\{boot\}\}<\/script>/);
  }
  for (const page of PAGES.slice(1)) assert.ok(!read(page).includes('importmap'), page);
});

test('our modules make no markup from text and reach no other origin', () => {
  for (const name of ours) {
    const code = read(name);
    assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc/.test(code), name);
    assert.ok(!/console\.\w+\(/.test(code), name);
    assert.ok(!/\sstyle="/.test(code), name);
  }
});

test('style sheets load nothing', () => {
  for (const name of ['style.css', 'vendor/uPlot.min.css']) assert.ok(!/@import|url\(/.test(read(name)), name);
});

test('vendored files are those that the list names', () => {
  const list = [...read('vendor/README.md').matchAll(/^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$/gm)].map(([, name, hash]) => [name, hash]);
  const files = readdirSync(join(web, 'vendor')).filter((name) => name !== 'README.md').sort();
  assert.deepEqual(list.map(([name]) => name).sort(), files);
  for (const [name, hash] of list) {
    assert.equal(createHash('sha256').update(readFileSync(join(web, 'vendor', name))).digest('hex'), hash, name);
  }
});
