// Another frontend (`STATIC_DIR`) in a real browser, behind the sign-in:
//   node tests/foreign.mjs BASE_URL USER PASSWORD
// Its page is in tests/foreign; the title says what worked.

import { launch, makeSteps, openPage, until, violations } from './browser.mjs';

const [base, user, password] = process.argv.slice(2);
if (!base || !user || !password) {
  console.log('usage: node tests/foreign.mjs BASE_URL USER PASSWORD');
  process.exit(2);
}

const problems = [];
const browser = await launch();
const { step, summary } = makeSteps();
const page = await openPage(browser, base, { viewport: { width: 1024, height: 700 } }, problems, []);
const worked = async (what) => (await page.title()).includes(what);

await step('the sign-in stands before it, at the same address', async () => {
  await page.goto(new URL('/dashboard', base).href);
  await page.fill('#username', user);
  await page.fill('#password', password);
  await page.click('#sign-in [type=submit]');
  await page.waitForURL(new URL('/dashboard', base).href);
  await until('the foreign page', () => worked('theirs'));
});

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

await step('nothing was blocked or complained of', async () => {
  const blocked = await violations(page);
  if (blocked.length > 0) throw new Error(blocked.join(', '));
  if (problems.length > 0) throw new Error(problems.join('; '));
});

await browser.close();
process.exit(summary() ? 0 : 1);
