import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addEvent, addNewest, addOlder } from '../logic/timeline.js';

const event = (id) => ({ id, at_ms: id * 1000, severity: 'info', kind: 'test', actor: 'test', message: `event ${id}` });
const list = (more, ...ids) => ({ events: ids.map(event), more });
const ids = ({ events }) => events.map(({ id }) => id);

test('an event from the stream goes to the top, once', () => {
  const one = addEvent(list(true, 3, 2), event(4));
  assert.deepEqual(ids(one), [4, 3, 2]);
  assert.equal(one.more, true);
  assert.deepEqual(ids(addEvent(one, event(4))), [4, 3, 2]);
});

test('after a reconnect the newest page fills the gap', () => {
  const after = addNewest(list(true, 3, 2), list(true, 6, 5, 4));
  assert.deepEqual(ids(after), [6, 5, 4, 3, 2]);
  assert.equal(after.more, true);
});

test('where more happened than a page holds, no hole is left', () => {
  const after = addNewest(list(false, 3, 2, 1), list(true, 90, 89, 88));
  assert.deepEqual(ids(after), [90, 89, 88]);
  assert.equal(after.more, true, 'the rest can be asked for');
});

test('an event from the stream may come before the first page', () => {
  const after = addNewest(addEvent(list(false), event(9)), list(true, 9, 8, 7));
  assert.deepEqual(ids(after), [9, 8, 7]);
  assert.equal(after.more, true);
  assert.deepEqual(ids(addNewest(list(false, 12), list(true, 9, 8))), [12, 9, 8]);
});

test('the whole list fits one page', () => {
  const after = addNewest(list(false), list(false, 2, 1));
  assert.deepEqual(ids(after), [2, 1]);
  assert.equal(after.more, false);
  assert.deepEqual(addNewest(list(false), list(false)), { events: [], more: false });
});

test('older pages go to the end and end the list', () => {
  const after = addOlder(list(true, 5, 4), list(false, 3, 2));
  assert.deepEqual(ids(after), [5, 4, 3, 2]);
  assert.equal(after.more, false);
});

test('the list in memory has an end', () => {
  let all = list(false);
  for (let id = 1; id <= 1003; id += 1) all = addEvent(all, event(id));
  assert.equal(all.events.length, 1000);
  assert.equal(all.events[0].id, 1003);
  assert.equal(all.more, true);
});
