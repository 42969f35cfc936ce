// What the smoke test needs around it: a browser, a watch on everything that a
// page must not do, steps that end.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** No step may take longer, whatever hangs. */
const STEP_MS = 90_000;

/** An address of a local network, at which this machine answers. */
export const LAN = '192.168.77.5';

export async function launch() {
  const executablePath = process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path));
  if (!executablePath) throw new Error(`No browser found at ${BROWSERS.join(', ')}. Install chromium or set CHROMIUM.`);
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', `--host-resolver-rules=MAP ${LAN} 127.0.0.1`,
    ],
  });
}

/**
 * A page in a context of its own, all of whose misdeeds go to `problems`.
 * `tolerated` lists texts that a step provokes on purpose; each excuses once.
 */
export async function openPage(browser, base, options, problems, tolerated) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(15_000);
  // Runs before the page; the policy is for the page's own scripts.
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      window.__violations = [...(window.__violations ?? []), `${event.violatedDirective} ${event.blockedURI}`];
    });
  });
  const page = await context.newPage();
  const { origin, host } = new URL(base);
  page.on('console', (message) => {
    const text = `${message.type()}: ${message.text()} ${message.location().url}`;
    const excuse = tolerated.findIndex((part) => text.includes(part));
    if (excuse >= 0) tolerated.splice(excuse, 1);
    else problems.push(`console ${text}`);
  });
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') problems.push(`request to another origin: ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== host) problems.push(`socket to another origin: ${socket.url()}`);
  });
  return page;
}

/** Violations of the content security policy on this page so far. */
export const violations = (page) => page.evaluate(() => window.__violations ?? []);

export function makeSteps() {
  let passed = 0;
  let failed = 0;
  return {
    async step(name, run) {
      let timer;
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done within ${STEP_MS / 1000} s`)), STEP_MS);
      });
      try {
        await Promise.race([run(), late]);
        passed += 1;
        console.log(`ok ${name}`);
        return true;
      } catch (error) {
        failed += 1;
        console.log(`FAILED ${name}: ${error instanceof Error ? error.message : error}`);
        return false;
      } finally {
        clearTimeout(timer);
      }
    },
    summary() {
      console.log(`${passed} passed, ${failed} failed`);
      return failed === 0 && passed > 0;
    },
  };
}

/** Asks again until it is true; a condition, never a pause and hope. */
export async function until(what, check, timeoutMs = 30_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function noSidewaysScroll(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) throw new Error(`${page.url()} is ${over} px wider than the window`);
}
