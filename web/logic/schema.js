// A JSON Schema as a reader wants it: the shape of the value, one line for
// each member.

/** @typedef {{ [key: string]: any }} Schema */

/** @param {Schema} schema @param {string} [indent] @returns {string} */
export function shape(schema, indent = '') {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((one) => shape(one, indent)).join(' or ');
  if (typeof schema.$ref === 'string') return schema.$ref.split('/').pop() ?? '';
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  switch (schema.type) {
    case 'object': return object(schema, indent);
    case 'array': return `list of ${shape(schema.items ?? {}, indent)}${schema.maxItems === undefined ? '' : `, at most ${schema.maxItems}`}`;
    case 'string': return text(schema);
    case 'number':
    case 'integer': return schema.type + range(schema);
    case undefined: return 'anything';
    default: return String(schema.type);
  }
}

/** @param {Schema} schema @param {string} indent */
function object(schema, indent) {
  const members = Object.entries(schema.properties ?? {});
  const values = schema.additionalProperties;
  if (members.length === 0) return values === undefined ? 'object' : `object of ${shape(values, indent)}`;
  const inner = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const lines = members.map(([name, member]) => {
    const about = member.description ? `  — ${member.description}` : '';
    return `${inner}${name}${required.has(name) ? '' : '?'}: ${shape(member, inner)}${about}`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** @param {Schema} schema */
function text(schema) {
  if (schema.pattern === '^$') return 'empty text';
  if (schema.pattern !== undefined) return `text like ${schema.pattern}`;
  if (schema.maxLength !== undefined) return `text of ${schema.minLength ?? 0} to ${schema.maxLength} characters`;
  return 'text';
}

/** @param {Schema} schema */
function range(schema) {
  const { minimum: least, maximum: most } = schema;
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return ` from ${least}`;
  return least === undefined ? ` up to ${most}` : ` from ${least} to ${most}`;
}
