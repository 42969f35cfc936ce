import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clean, cleanText } from '../logic/clean.js';

test('text keeps what can be read', () => {
  for (const words of ['RTX 3080', '<img src=x onerror=alert(1)>', 'Größe 中文 😀', 'a & b "c"']) assert.equal(cleanText(words), words);
});

test('text loses what turns, hides or breaks lines', () => {
  assert.equal(cleanText('a\u202egpj.exe'), 'a gpj.exe');
  assert.equal(cleanText('\u0000\u001b[31mred\r\nnext\u2028line'), '[31mred next line');
  assert.equal(cleanText('\u200b\ufeff'), '');
});

test('text has an end', () => {
  const long = cleanText('W'.repeat(100_000));
  assert.equal(long.length, 301);
  assert.ok(long.endsWith('…'));
});

test('every text of an answer is cleaned, everything else stays', () => {
  const answer = { a: 'x\u202ey', list: [{ b: 'z\n' }, null, 1.5, true], none: null };
  assert.deepEqual(clean(answer), { a: 'x y', list: [{ b: 'z' }, null, 1.5, true], none: null });
  assert.equal(answer.a, 'x\u202ey');
});
