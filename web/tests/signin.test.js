import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstRunProblem, signInWords } from '../logic/signin.js';

const error = (status, more = {}) => ({ status, title: '', message: 'As the server says', field: null, triesLeft: null, retryAfterS: null, ...more });

test('a wrong password says how many tries are left', () => {
  const check = (triesLeft, expected) => assert.equal(signInWords(error(401, { triesLeft })), `That user and password do not match.${expected}`);
  check(3, ' 3 tries are left, then a pause of 15 minutes.');
  check(1, ' 1 try is left, then a pause of 15 minutes.');
  check(0, ' That was the last try; now there is a pause of 15 minutes.');
  check(null, '');
});

test('a code is asked for, and a wrong one is told from a wrong password', () => {
  const asked = error(401, { title: 'TOTP required', field: 'totp', triesLeft: 4 });
  assert.equal(signInWords(asked), 'Now enter the code of your authenticator app.');
  const wrong = error(401, { title: 'Invalid TOTP code', field: 'totp', triesLeft: 3 });
  assert.match(signInWords(wrong), /^That code is not right.* 3 tries are left/);
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
