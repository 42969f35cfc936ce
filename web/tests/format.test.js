import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as f from '../format.js';

test('a hashrate has three or four digits and its SI unit', () => {
  const check = (hs, expected) => assert.equal(f.text(f.hashrate(hs)), expected, String(hs));
  check(0, '0 H/s');
  check(7.5, '7.50 H/s');
  check(842.3, '842 H/s');
  check(7421, '7.42 kH/s');
  check(30_000, '30.0 kH/s');
  check(180_300_000, '180.3 MH/s');
  check(999_940_000, '999.9 MH/s');
  check(999_960_000, '1.00 GH/s');
  check(3.512e12, '3.51 TH/s');
  check(1e300, '1.00e+279 ZH/s');
});

test('what is not a number is unknown, never zero', () => {
  for (const bad of [null, undefined, NaN, Infinity, '12', {}, true]) {
    assert.equal(f.hashrate(bad), null);
    assert.equal(f.number(bad), null);
    assert.equal(f.bytes(bad), null);
    assert.equal(f.duration(bad), null);
    assert.equal(f.ago(bad), null);
    assert.equal(f.si(bad), null);
    assert.equal(f.moment(bad, 0), null);
  }
});

test('numbers have their thousands separated', () => {
  const check = (n, decimals, expected) => assert.equal(f.number(n, decimals), expected);
  check(6232620, 0, '6,232,620');
  check(2139, undefined, '2,139');
  check(0.4312, 4, '0.4312');
  check(-0.2, 0, '0');
  check(-3.5, 1, '-3.5');
  check(1e15, 0, '1.00e+15');
});

test('large bare numbers take a prefix', () => {
  const check = (n, expected) => assert.equal(f.si(n), expected);
  check(8.9e9, '8.90 G');
  check(12, '12');
  check(0.0001, '0.00');
  check(2e12, '2.00 T');
});

test('bytes are counted in 1024', () => {
  const check = (n, expected) => assert.equal(f.text(f.bytes(n)), expected);
  check(0, '0 bytes');
  check(1023, '1,023 bytes');
  check(1024, '1.0 KiB');
  check(16.6e9, '15.5 GiB');
  check(240e9, '224 GiB');
  check(1024 ** 4, '1.0 TiB');
});

test('a duration shows its two largest units', () => {
  const check = (s, expected) => assert.equal(f.duration(s), expected);
  check(-5, '0 s');
  check(0.4, '0 s');
  check(42, '42 s');
  check(60, '1 min');
  check(61, '1 min 1 s');
  check(725, '12 min');
  check(3600, '1 h');
  check(16_560, '4 h 36 min');
  check(86_400, '1 d');
  check(273_600, '3 d 4 h');
  check(200 * 86_400 + 7200, '200 d');
});

test('a moment is as short as it can be understood', () => {
  const now = new Date(2026, 10, 23, 7, 48, 8).getTime();
  const at = (...parts) => new Date(...parts).getTime();
  assert.equal(f.moment(at(2026, 10, 23, 3, 12), now), '03:12');
  assert.equal(f.moment(at(2026, 10, 23, 3, 12, 9), now, true), '03:12:09');
  assert.equal(f.moment(at(2026, 10, 22, 22, 25), now), '22 Nov 22:25');
  assert.equal(f.moment(at(2025, 0, 2, 1, 5), now), '2 Jan 2025 01:05');
  assert.equal(f.dayName(at(2026, 10, 23, 0, 0), now), 'Today');
  assert.equal(f.dayName(at(2026, 10, 22, 23, 59), now), 'Yesterday');
  assert.equal(f.dayName(at(2026, 10, 20, 12, 0), now), '20 Nov');
});

test('the time axis names a new day', () => {
  const s = (...parts) => new Date(...parts).getTime() / 1000;
  const now = s(2026, 10, 24, 3, 0) * 1000;
  assert.deepEqual(
    f.axisLabels([s(2026, 10, 23, 22, 0), s(2026, 10, 24, 0, 0), s(2026, 10, 24, 2, 0)], 7200, now),
    ['22:00', '24 Nov', '02:00'],
  );
  assert.deepEqual(f.axisLabels([s(2026, 10, 20, 1, 0)], 86400, now), ['20 Nov']);
  assert.deepEqual(f.axisLabels([s(2026, 10, 24, 2, 0, 30)], 30, now), ['02:00:30']);
});

test('counts and sentences', () => {
  assert.equal(f.count(1, 'GPU'), '1 GPU');
  assert.equal(f.count(6, 'GPU'), '6 GPUs');
  assert.equal(f.sentence('Connection refused'), 'Connection refused.');
  assert.equal(f.sentence(' Why? '), 'Why?');
  assert.equal(f.sentence(''), '');
  assert.equal(f.capital('exit code 1'), 'Exit code 1');
});

test('a log loses its colours, its cursor movements and nothing else', () => {
  const check = (log, expected) => assert.equal(f.plainLog(log), expected);
  check('\x1b[32m m \x1b[0m12:00 <b>job</b>\r\n', ' m 12:00 <b>job</b>');
  check('10 %\r50 %\r100 %\nready\n\n', '100 %\nready');
  check('a\x1b]0;title\x07b', 'ab');
  check('a\tb\x00\x08c', 'a\tbc');
  check('', '');
});

test("a card's name begins with its model", () => {
  const check = (name, expected) => assert.equal(f.cardName(name), expected);
  check('NVIDIA GeForce RTX 3080', 'RTX 3080');
  check('GeForce GTX 1660 SUPER', 'GTX 1660 SUPER');
  check('AMD Radeon RX 6800 XT', 'RX 6800 XT');
  check('Intel(R) Arc A770', 'A770');
  check('AMD Radeon VII', 'AMD Radeon VII');
  check('AMD Radeon Graphics', 'AMD Radeon Graphics');
  check('AMD Ryzen 9 5950X', 'AMD Ryzen 9 5950X');
  check('NVIDIA CMP 50HX', 'NVIDIA CMP 50HX');
});
