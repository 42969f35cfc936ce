import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shape } from '../logic/schema.js';

test('values', () => {
  assert.equal(shape({}), 'anything');
  assert.equal(shape({ type: 'integer', minimum: 0, maximum: 5 }), 'integer from 0 to 5');
  assert.equal(shape({ type: 'number', minimum: 0 }), 'number from 0');
  assert.equal(shape({ type: 'string', pattern: '^$' }), 'empty text');
  assert.equal(shape({ type: 'string', minLength: 1, maxLength: 9 }), 'text of 1 to 9 characters');
  assert.equal(shape({ const: false }), 'false');
  assert.equal(shape({ $ref: '#/components/schemas/Refusal' }), 'Refusal');
  assert.equal(shape({ type: 'string', enum: ['a', 'b'] }), '"a" or "b"');
  assert.equal(shape({ type: ['number', 'null'] }), 'number or null');
  assert.equal(shape({ anyOf: [{ type: 'boolean' }, { type: 'null' }] }), 'boolean or null');
  assert.equal(shape({ type: 'array', items: { type: 'integer' }, maxItems: 3 }), 'list of integer, at most 3');
  assert.equal(shape({ type: 'object', additionalProperties: { type: 'string' } }), 'object of text');
});

test('objects have a line for each member', () => {
  const schema = {
    type: 'object',
    required: ['a'],
    properties: {
      a: { type: 'object', properties: { x: { type: 'integer' } } },
      b: { type: 'string', description: 'said' },
    },
  };
  assert.equal(shape(schema), '{\n  a: {\n    x?: integer\n  }\n  b?: text  — said\n}');
});
