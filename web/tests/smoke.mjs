// The browser smoke test, against a real server with a real (stand-in) miner:
//   node tests/smoke.mjs BASE_URL FIRST_RUN_LINK SCREENSHOT_DIRECTORY
// The server must be fresh (no password yet) and able to start its miner.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, makeSteps, noSidewaysScroll, openPage, until, violations } from './browser.mjs';
import { MARK, poisonAnswers } from './hostile.mjs';

const [base, link, shots] = process.argv.slice(2);
if (!base || !link || !shots) {
  console.log('usage: node tests/smoke.mjs BASE_URL FIRST_RUN_LINK SCREENSHOT_DIRECTORY');
  process.exit(2);
}
mkdirSync(shots, { recursive: true });

const PASSWORD = 'a smoke test password';
const WIDE = { viewport: { width: 1440, height: 900 }, colorScheme: 'light' };
const PHONE = { viewport: { width: 360, height: 740 }, colorScheme: 'dark', isMobile: true, hasTouch: true };
/** A miner may need some seconds to start, and values come every 5 s. */
const MINER_MS = 60_000;

const problems = [];
const tolerated = [];
const browser = await launch();
const { step, summary } = makeSteps();
const open = (options) => openPage(browser, base, options, problems, tolerated);

const title = (page) => page.locator('.status h1').innerText();
const hashrate = async (page) => {
  const shown = page.locator('#hashrate');
  return (await shown.count()) > 0 ? shown.innerText() : null;
};
const button = (page, command) => page.locator(`.controls [data-command=${command}]`);
const isLive = (page) => page.locator('.live:not(.stale)', { hasText: 'Live' }).isVisible();
const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
const changes = async (page) => {
  const first = await until('a hashrate is shown', () => hashrate(page), MINER_MS);
  await until('the hashrate changes', async () => {
    const now = await hashrate(page);
    return now !== null && now !== first;
  }, MINER_MS);
};

async function signIn(page, password) {
  await page.fill('#username', 'admin');
  await page.fill('#password', password);
  await page.click('#sign-in [type=submit]');
}

const wide = await open(WIDE);
const phone = await open(PHONE);

const entered = await step('the first-run link takes a password', async () => {
  await wide.goto(new URL(`/first-run${new URL(link).hash}`, base).href);
  await wide.fill('#new-password', 'short');
  await wide.click('#first-run [type=submit]');
  await wide.getByText('at least 10 characters. This one has 5.').waitFor();
  await wide.fill('#new-password', PASSWORD);
  await wide.fill('#repeat', `${PASSWORD}!`);
  await wide.click('#first-run [type=submit]');
  await wide.getByText('The two passwords are not the same.').waitFor();
  await shot(wide, 'first-run-1440');
  await wide.fill('#repeat', PASSWORD);
  await wide.click('#first-run [type=submit]');
  await wide.locator('.status h1').waitFor();
});

if (entered) {
  await step('the first paint carries the state, the page goes live', async () => {
    await wide.goto(base, { waitUntil: 'commit' });
    await wide.locator('.status h1').waitFor();
    await until('live', () => isLive(wide));
  });

  await step('the description of the API is read and searched', async () => {
    await wide.goto(new URL('/api-docs', base).href);
    await wide.locator('.operation').first().waitFor();
    await wide.fill('#search', 'miner start');
    await wide.locator('.operation:visible summary', { hasText: '/api/miner/start' }).click();
    await wide.getByText('gpu_indices').first().waitFor();
    await noSidewaysScroll(wide);
    await shot(wide, 'api-docs-1440');
    await wide.goto(base);
    await wide.locator('.status h1').waitFor();
  });

  await step('a hashrate is shown and changes', async () => {
    if ((await hashrate(wide)) === null && (await button(wide, 'start').count()) > 0) await button(wide, 'start').click();
    await changes(wide);
  });

  await step('the chart shows the history', async () => {
    await wide.locator('.plot canvas').waitFor();
    const ranges = await wide.locator('.seg label').allInnerTexts();
    if (ranges.length < 4) throw new Error(`only ${ranges.length} ranges`);
    // Samples reach the store some time after they were taken, so each range is asked for again until it has some.
    const show = (range) => wide.locator('.seg label', { hasText: range }).click();
    const hasMean = async () => /mean [\d.]+ .?H\/s/.test(await wide.locator('.reading').innerText());
    await show(ranges.at(-1));
    await until('a mean in every range', async () => {
      for (const range of ranges) {
        const answered = wide.waitForResponse((response) => response.url().includes('/api/v1/history'));
        await show(range);
        await answered;
        if (!(await hasMean())) return false;
      }
      return true;
    }, MINER_MS);
    await show(ranges[0]);
  });

  await step('a second browser signs in, both are live', async () => {
    await phone.goto(base);
    await signIn(phone, PASSWORD);
    await phone.locator('.status h1').waitFor();
    await Promise.all([changes(wide), changes(phone)]);
    await until('both live', async () => (await isLive(wide)) && (await isLive(phone)));
  });

  await step('screenshots at 1440 and 360 px, nothing to scroll sideways', async () => {
    for (const [page, name] of [[wide, '1440-light'], [phone, '360-dark']]) {
      await noSidewaysScroll(page);
      await shot(page, `overview-${name}`);
    }
  });

  await step('one press on Stop only asks again', async () => {
    await button(wide, 'stop').click();
    await button(wide, 'stop').getByText('Press again to stop').waitFor();
    await button(wide, 'stop').getByText('Press again to stop').waitFor({ state: 'hidden', timeout: 10_000 });
    if ((await title(wide)).includes('stop')) throw new Error('the miner stopped after one press');
  });

  await step('two presses stop the miner, both browsers see it', async () => {
    await button(wide, 'stop').click();
    await button(wide, 'stop').click();
    for (const page of [wide, phone]) await until('stopped', async () => (await title(page)).includes('The miner is stopped'), MINER_MS);
    await shot(wide, 'stopped-1440-light');
  });

  await step('Start starts it, both browsers see it mine', async () => {
    await wide.locator('.status [data-command=start]').click();
    for (const page of [wide, phone]) {
      await until('running', async () => (await button(page, 'stop').count()) > 0, MINER_MS);
      await until('a hashrate', async () => (await hashrate(page)) !== null, MINER_MS);
    }
  });

  await step('every view opens, at both widths', async () => {
    for (const [page, name] of [[wide, '1440-light'], [phone, '360-dark']]) {
      const names = await page.locator('.rail a').allInnerTexts();
      if (names.length < 3) throw new Error(`only ${names.length} views in the rail`);
      for (const each of names) {
        await page.locator('.rail a', { hasText: each }).click();
        await page.locator('.rail a[aria-current=page]', { hasText: each }).waitFor();
        await page.locator('main h1').first().waitFor();
        await noSidewaysScroll(page);
        if (each !== 'Overview') await shot(page, `${each.toLowerCase()}-${name}`);
      }
    }
  });

  await step('the events tell of the stop, the log is there', async () => {
    await wide.goto(new URL('/events', base).href);
    await wide.locator('.list.t li', { hasText: /stop/i }).first().waitFor();
    await wide.goto(new URL('/miner', base).href);
    await until('a log', async () => ((await wide.locator('pre.log').first().innerText()) ?? '').length > 10);
  });

  await step('hostile texts stay texts', async () => {
    for (const options of [WIDE, PHONE]) {
      const page = await open(options);
      await page.context().request.post(new URL('/api/v1/session', base).href, { data: { username: 'admin', password: PASSWORD } });
      await poisonAnswers(page);
      for (const path of ['/', '/miner', '/events']) {
        await page.goto(new URL(path, base).href);
        await page.locator('main', { hasText: MARK }).waitFor();
        if (path === '/') {
          await page.locator('.tiles .na').first().focus();
          await page.locator('.tip', { hasText: MARK }).waitFor();
        }
        const found = await page.evaluate(() => ({ ran: window.__hostile, images: document.querySelectorAll('#app img, #app script').length }));
        if (found.ran !== undefined || found.images > 0) throw new Error(`text became markup on ${path}: ${JSON.stringify(found)}`);
        await noSidewaysScroll(page);
      }
      problems.push(...(await violations(page)));
      await page.context().close();
    }
  });

  await step('a broken connection comes back and loses nothing', async () => {
    const page = await open(WIDE);
    await page.context().request.post(new URL('/api/v1/session', base).href, { data: { username: 'admin', password: PASSWORD } });
    let current;
    let silent = false;
    let connections = 0;
    await page.routeWebSocket(/\/api\/v1\/stream$/, (socket) => {
      connections += 1;
      current = socket;
      socket.connectToServer().onMessage((message) => {
        if (!silent) socket.send(message);
      });
    });
    const asked = { history: 0, events: 0 };
    page.on('request', (request) => {
      for (const name of Object.keys(asked)) if (request.url().includes(`/api/v1/${name}`)) asked[name] += 1;
    });
    await page.goto(base);
    await until('live', () => isLive(page));
    await until('history and events', () => asked.history > 0 && asked.events > 0);
    const before = { ...asked };
    await current.close({ code: 1001 });
    await until('a new connection', () => connections === 2);
    await until('history and events again', () => asked.history > before.history && asked.events > before.events);
    silent = true;
    await page.locator('.live.stale', { hasText: /No connection for \d+ s, values from \d\d:\d\d:\d\d/ }).waitFor({ timeout: 20_000 });
    await until('it gives the silent connection up', () => connections === 3);
    silent = false;
    await until('live again', () => isLive(page));
    problems.push(...(await violations(page)));
    await page.context().close();
  });

  await step('signing out shows the sign-in page', async () => {
    await wide.locator('[popovertarget=user-menu]').click();
    await wide.locator('#sign-out').click();
    await wide.locator('#sign-in h1').waitFor();
    await noSidewaysScroll(wide);
    await shot(wide, 'sign-in-1440');
  });

  await step('a wrong password is refused in words, the right one is not', async () => {
    // The browser itself reports every answer of 401.
    tolerated.push('status of 401');
    await signIn(wide, 'not the password');
    await wide.getByText('That user and password do not match.').waitFor();
    await signIn(wide, PASSWORD);
    await wide.locator('.rail').waitFor();
    await until('live', () => isLive(wide));
    if (!(await isLive(phone))) throw new Error('the other session ended as well');
  });
}

await step('no console message, no violation of the policy, no other origin', async () => {
  problems.push(...(await violations(wide)), ...(await violations(phone)));
  if (problems.length > 0) throw new Error(`\n  ${problems.join('\n  ')}`);
});

await browser.close();
process.exit(summary() ? 0 : 1);
