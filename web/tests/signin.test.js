import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRunProblem, signInWords } from '../logic/signin.js';

const error = (status, more = {}) => ({ status, message: 'As the server says', triesLeft: null, retryAfterS: null, ...more });

test('a wrong password says how many tries are left', () => {
  const check = (triesLeft, expected) => assert.equal(signInWords(error(401, { triesLeft })), `That user and password do not match.${expected}`);
  check(3, ' 3 tries are left, then a pause of 15 minutes.');
  check(1, ' 1 try is left, then a pause of 15 minutes.');
  check(0, ' That was the last try; now there is a pause of 15 minutes.');
  check(null, '');
});

test('a pause says how long', () => {
  assert.match(signInWords(error(429, { retryAfterS: 840 })), /Wait 14 min, then try again/);
  assert.match(signInWords(error(429)), /Wait a while/);
});

test('anything else is told in the words of the server', () => {
  assert.equal(signInWords(error(410)), 'As the server says.');
});

test('a first password is long enough and typed twice', () => {
  assert.match(firstRunProblem('', '')?.problem ?? '', /at least 10 characters\.$/);
  assert.match(firstRunProblem('short', 'short')?.problem ?? '', /This one has 5/);
  assert.equal(firstRunProblem('😀'.repeat(9), '')?.field, 'password', 'characters, not code units');
  assert.equal(firstRunProblem('long enough', 'long enoug')?.field, 'repeat');
  assert.equal(firstRunProblem('long enough', 'long enough'), null);
});
