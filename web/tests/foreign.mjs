// Another frontend (`STATIC_DIR`) in a real browser, behind the sign-in:
//   node tests/foreign.mjs BASE_URL USER PASSWORD
// Its page is in tests/foreign; the title says what worked.

import { LAN, launch, makeSteps, openPage, until, violations } from './browser.mjs';

const [base, user, password] = process.argv.slice(2);
if (!base || !user || !password) {
  console.log('usage: node tests/foreign.mjs BASE_URL USER PASSWORD');
  process.exit(2);
}

const browser = await launch();
const { step, summary } = makeSteps();

/** A page at this address, its title's words, and what it must not do. */
async function visit(address) {
  const problems = [];
  const page = await openPage(browser, address, { viewport: { width: 1024, height: 700 } }, problems, []);
  const worked = async (what) => (await page.title()).includes(what);
  return {
    page,
    worked,
    async signIn() {
      const url = new URL('/dashboard', address).href;
      await page.goto(url);
      await page.fill('#username', user);
      await page.fill('#password', password);
      await page.click('#sign-in [type=submit]');
      await page.waitForURL(url);
      await until('the foreign page', () => worked('theirs'));
    },
    async wasQuiet() {
      const blocked = await violations(page);
      if (blocked.length > 0) throw new Error(blocked.join(', '));
      if (problems.length > 0) throw new Error(problems.join('; '));
    },
  };
}

const { page, worked, signIn, wasQuiet } = await visit(base);

await step('the sign-in stands before it, at the same address', signIn);

await step('scripts and handlers within the page run, and its files load', async () => {
  await until('the inline script', () => worked('inline'));
  await until('the file', () => worked('file'));
  await page.click('button');
  await until('the inline handler', () => worked('handler'));
  const colour = await page.locator('button').evaluate((button) => getComputedStyle(button).color);
  if (colour !== 'rgb(1, 2, 3)') throw new Error(`the style sheet: ${colour}`);
});

await step('the session does for its own requests', async () => {
  await until('an answer of the API', () => worked('api'));
});

await step('its WebSocket gets complete data', async () => {
  await until('a message', () => worked('socket'));
});

await step('its service worker keeps its files and never an answer of the API', async () => {
  await until('the worker', () => worked('worker'));
  await page.evaluate(async () => {
    for (const path of ['/api/stats', '/api/health', '/file.js']) await fetch(path);
  });
  const kept = await page.evaluate(async () => {
    const requests = await (await caches.open('theirs')).keys();
    return requests.map((request) => new URL(request.url).pathname);
  });
  if (!kept.includes('/') || !kept.includes('/file.js')) throw new Error(`not kept: ${kept}`);
  if (kept.some((path) => path.startsWith('/api'))) throw new Error(`kept: ${kept}`);
});

await step('nothing was blocked or complained of', wasQuiet);

await step('nor at an address of the local network', async () => {
  const there = new URL(base);
  there.hostname = LAN;
  const lan = await visit(there.href);
  await lan.signIn();
  for (const what of ['inline', 'file', 'api', 'socket']) await until(what, () => lan.worked(what));
  await lan.wasQuiet();
});

await browser.close();
process.exit(summary() ? 0 : 1);
