// The words of the sign-in page. Pure.

import { duration, sentence } from '../format.js';

/** As the server asks for. */
const MIN_CHARACTERS = 10;

/**
 * @param {{ status: number, title: string, message: string, field: string|null, triesLeft: number|null, retryAfterS: number|null }} error
 */
export function signInWords(error) {
  if (error.status === 401) {
    if (error.title === 'TOTP required') return 'Now enter the code of your authenticator app.';
    const wrong = error.field === 'totp' ? 'That code is not right, or was used before.' : 'That user and password do not match.';
    const left = error.triesLeft;
    if (left === null) return wrong;
    if (left <= 0) return `${wrong} That was the last try; now there is a pause of 15 minutes.`;
    return `${wrong} ${left === 1 ? '1 try is' : `${left} tries are`} left, then a pause of 15 minutes.`;
  }
  if (error.status === 429) {
    const wait = error.retryAfterS === null ? 'a while' : duration(error.retryAfterS);
    return `Too many tries. Wait ${wait}, then try again. Mining goes on meanwhile.`;
  }
  return sentence(error.message);
}

/** @param {string} password @param {string} repeat @returns {{ problem: string, field: string }|null} */
export function firstRunProblem(password, repeat) {
  const length = [...password].length;
  if (length < MIN_CHARACTERS) {
    const now = length === 0 ? '' : ` This one has ${length}.`;
    return { problem: `The password needs at least ${MIN_CHARACTERS} characters.${now}`, field: 'password' };
  }
  return password === repeat ? null : { problem: 'The two passwords are not the same.', field: 'repeat' };
}
