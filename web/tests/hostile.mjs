// Answers on their way to the browser, with every text in them made hostile.

export const MARK = '<img src=x onerror="window.__hostile=1">';
const HOSTILE = `${MARK}<script>window.__hostile=2</script>\u202E"'\`\${7*7}{{boot}}&lt; ${'W'.repeat(80)}`;

/** Fields whose values are words of the protocol, which the server chooses itself. */
const PROTOCOL = new Set(['type', 'state', 'activity', 'phase', 'severity', 'role', 'auth_mode']);

/** The same answer with hostile texts, and one unknown value whose reason is hostile. */
export function poison(value, key = '') {
  if (typeof value === 'string') return PROTOCOL.has(key) ? value : HOSTILE;
  if (Array.isArray(value)) return value.map((inner) => poison(inner, key));
  if (value === null || typeof value !== 'object') return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poison(inner, name)]));
  if (key === 'summary') Object.assign(copy, { power_w: null, reasons: { ...copy.reasons, power_w: HOSTILE } });
  return copy;
}

export async function poisonAnswers(page) {
  await page.routeWebSocket(/\/api\/v1\/stream$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => socket.send(JSON.stringify(poison(JSON.parse(String(message))))));
  });
  for (const path of ['**/api/v1/events*', '**/api/miner/logs*']) {
    await page.route(path, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: poison(await response.json()) });
    });
  }
}
