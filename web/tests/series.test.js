import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RANGES, addLive, columns, describe, firstRange, gaps, niceTop } from '../logic/series.js';

const STEP = 60_000;

/** A history with these means; null is a bucket without data. */
function history(means, from = 0) {
  return {
    from_ms: from,
    to_ms: from + means.length * STEP,
    step_ms: STEP,
    at_ms: means.map((_, i) => from + i * STEP),
    hashrate_hs: {
      min: means.map((n) => (n === null ? null : n - 1)),
      avg: means,
      max: means.map((n) => (n === null ? null : n + 1)),
    },
    power_w: [], temp_c: [], accepted: [], rejected: [],
    totals: { accepted: null, rejected: null, hashrate_avg_hs: null, coverage: null },
  };
}

test('buckets become columns, x in seconds in the middle', () => {
  assert.deepEqual(columns(history([10, null, 12])), {
    x: [30, 90, 150], min: [9, null, 11], avg: [10, null, 12], max: [11, null, 13],
  });
});

test('a hole between buckets breaks the line, an unordered bucket is left out', () => {
  const holed = history([10, 11, 12, 13]);
  holed.at_ms = [0, STEP, 5 * STEP, 4 * STEP];
  const { x, avg } = columns(holed);
  assert.deepEqual(avg, [10, 11, null, 12]);
  assert.deepEqual(x, [30, 90, 150, 330]);
});

test('a mean outside its own band widens the band', () => {
  const odd = history([10]);
  odd.hashrate_hs.min = [11];
  odd.hashrate_hs.max = [null];
  assert.deepEqual(columns(odd), { x: [30], min: [10], avg: [10], max: [10] });
});

test('gaps are empty buckets and uncovered time', () => {
  assert.deepEqual(gaps(history([1, null, null, 2]), 0, 4 * STEP), [[STEP, 3 * STEP]]);
  assert.deepEqual(gaps(history([null, 2]), 0, 2 * STEP), [[0, STEP]]);
  assert.deepEqual(gaps(history([1, 2]), 0, 10 * STEP), [[2 * STEP, 10 * STEP]]);
  assert.deepEqual(gaps(history([1, 2]), 0, 3 * STEP), [], 'the newest bucket is still awaited');
  assert.deepEqual(gaps(history([]), 0, 3 * STEP), [[0, 3 * STEP]]);
});

test('a live value joins the last bucket, weighted by time', () => {
  const before = history([10, 20]);
  const after = addLive(before, STEP + 50_000, 40);
  assert.deepEqual(before, history([10, 20]), 'the old history is unchanged');
  assert.deepEqual(after.hashrate_hs.max, [11, 40]);
  assert.deepEqual(after.hashrate_hs.min, [9, 19]);
  assert.equal(after.hashrate_hs.avg[1], 20 + 20 * (5 / 50));
  assert.deepEqual(after.at_ms, [0, STEP]);
});

test('a live value after the last bucket opens one, and the window slides', () => {
  const after = addLive(history([10, 20]), 2 * STEP + 5000, 30);
  assert.deepEqual(after.at_ms, [0, STEP, 2 * STEP]);
  assert.deepEqual(after.hashrate_hs.avg, [10, 20, 30]);
  assert.equal(after.to_ms - after.from_ms, 2 * STEP, 'the window keeps its length');
  const later = addLive(after, 3 * STEP + 1000, 31);
  assert.deepEqual(later.at_ms, [STEP, 2 * STEP, 3 * STEP], 'what left the window goes');
});

test('time without values stays a gap when they come back', () => {
  const after = addLive(history([10]), 5 * STEP + 1, 12);
  assert.deepEqual(after.at_ms, [0, 5 * STEP].filter((at) => at + STEP > after.from_ms));
  assert.deepEqual(gaps(after, after.from_ms, after.to_ms).at(-1), [after.from_ms, 5 * STEP]);
});

test('an unknown live value opens an empty bucket and never becomes zero', () => {
  const after = addLive(history([10, 20]), 2 * STEP, null);
  assert.equal(after.hashrate_hs.avg.at(-1), null);
  const inside = addLive(history([10, 20]), STEP + 30_000, null);
  assert.deepEqual(inside.hashrate_hs.avg, [10, 20]);
});

test('an old or unusable value changes nothing', () => {
  const one = history([10], 5 * STEP);
  assert.equal(addLive(one, STEP, 5), one);
  const none = history([]);
  assert.equal(addLive(none, STEP, 5), none);
});

test('the axis ends a little above the highest value, on a round step', () => {
  assert.equal(niceTop(215e6), 250e6);
  assert.equal(niceTop(1000), 1250);
  assert.equal(niceTop(0), 1);
  assert.equal(niceTop(null), 1);
});

test('the chart is told in words', () => {
  const write = (hs) => `${hs} H/s`;
  assert.equal(
    describe(history([10, null, 14]), 'last hour', write),
    'Hashrate, last hour: mean 12 H/s, between 9 H/s and 15 H/s. 1 span without data.',
  );
  assert.equal(describe(history([null]), 'last hour', write), 'Hashrate, last hour: no data.');
});

test('a young rig begins with the last hour', () => {
  const now = 100 * STEP;
  const check = (means, expected) => assert.equal(firstRange(history(means), now).name, expected);
  check([], RANGES[0].name);
  check([null, null], RANGES[0].name);
  check(Array.from({ length: 100 }, (_, i) => (i < 60 ? null : 5)), '1 h');
  check(Array.from({ length: 100 }, (_, i) => (i < 30 ? null : 5)), '24 h');
});
