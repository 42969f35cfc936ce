import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs, clockOffsetMs, isReadable, isStale, linkWords } from '../logic/link.js';

test('attempts come after 1, 2, 4, 8, then every 15 s', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map(backOffMs), [1000, 2000, 4000, 8000, 15000, 15000, 15000]);
});

test('values are stale after two missing ones, or one where the connection is known to be gone', () => {
  const check = (open, age, expected) => assert.equal(isStale({ open, heardMs: 1000 }, 1000 + age), expected, `${open} ${age}`);
  check(true, 5000, false);
  check(true, 11_000, false);
  check(true, 12_500, true);
  check(false, 3000, false);
  check(false, 6500, true);
});

test('the top bar says since when, and from when the values are', () => {
  const at = new Date(2026, 10, 23, 7, 48, 8).getTime();
  assert.deepEqual(linkWords({ open: false, heardMs: 5000 }, 17_000, at), {
    stale: true, words: 'No connection for 12 s, values from 07:48:08',
  });
  assert.deepEqual(linkWords({ open: false, heardMs: 0 }, 90_000, null), { stale: true, words: 'No connection for 1 min 30 s' });
  assert.deepEqual(linkWords({ open: true, heardMs: 5000 }, 6000, at), { stale: false, words: 'Live' });
});

test('a clock that goes backwards does not make values stale', () => {
  assert.equal(isStale({ open: true, heardMs: 100_000 }, 0), false);
});

test("only a real difference of the clocks counts as the rig's", () => {
  assert.equal(clockOffsetMs(5000, 4000), 0);
  assert.equal(clockOffsetMs(0, 4_000_000), -4_000_000);
});

test('plain HTTP is readable by others, except on the computer itself', () => {
  const check = (protocol, hostname, expected) => assert.equal(isReadable({ protocol, hostname }), expected, hostname);
  check('http:', '192.168.1.20', true);
  check('http:', 'rig01.local', true);
  check('http:', 'localhost.example.org', true);
  check('http:', '127.0.0.1', false);
  check('http:', '127.1.2.3', false);
  check('http:', 'localhost', false);
  check('http:', '[::1]', false);
  check('https:', '192.168.1.20', false);
});
