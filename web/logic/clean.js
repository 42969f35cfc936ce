// Texts from outside, made fit to stand in a line. The page shows them as text
// nodes, so nothing can run; but they could still be endless, or turn the
// direction of the words around them. Pure.

/** Longer ones say nothing more to a reader. */
const MAX_CHARACTERS = 300;

/** Control characters, and those that turn or hide text: U+200B to U+200F, U+202A to U+202E, U+2066 to U+2069, U+FEFF. */
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/** @param {string} words */
export function cleanText(words) {
  // Cut first: the rest need not be looked at.
  const cut = words.length > MAX_CHARACTERS ? `${words.slice(0, MAX_CHARACTERS)}…` : words;
  return cut.replace(UNFIT, ' ').replace(/^ +| +$/g, '');
}

/**
 * A copy of an answer with every text in it cleaned; the keys are the server's own.
 * @template T @param {T} value @returns {T}
 */
export function clean(value) {
  if (typeof value === 'string') return /** @type {T} */ (cleanText(value));
  if (Array.isArray(value)) return /** @type {T} */ (value.map(clean));
  if (value === null || typeof value !== 'object') return value;
  return /** @type {T} */ (Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)])));
}
