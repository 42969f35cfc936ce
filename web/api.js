// Requests to the dashboard: one deadline, one form of error.

/** A miner control answers within a second, history of 30 days somewhat later. */
const DEADLINE_MS = 10_000;

/** What went wrong, in the server's words where it has some. */
export class ApiError extends Error {
  /** @param {number} status 0 where no answer came @param {{ error: string, message: string, field?: string, tries_left?: number }} body @param {number|null} [retryAfterS] */
  constructor(status, body, retryAfterS = null) {
    super(body.message);
    this.status = status;
    this.title = body.error;
    this.field = body.field ?? null;
    this.triesLeft = body.tries_left ?? null;
    this.retryAfterS = retryAfterS;
  }
}

let onSignedOut = () => {};
/** @param {() => void} run called when the server no longer knows this session */
export function whenSignedOut(run) {
  onSignedOut = run;
}

let reading = new AbortController();

/** Gives up all reading, under way or to come: once signed out it would be refused, which browsers report on the console. */
export const stopReading = () => reading.abort();
export function resumeReading() {
  reading = new AbortController();
}

/**
 * @param {string} method @param {string} path @param {unknown} [body] sent as JSON
 * @returns {Promise<any>} the answer's JSON
 */
export async function ask(method, path, body) {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  /** @type {RequestInit} */
  const request = {
    method,
    cache: 'no-store',
    credentials: 'same-origin',
    headers: { Accept: 'application/json' },
    signal: method === 'GET' ? AbortSignal.any([deadline, reading.signal]) : deadline,
  };
  if (body !== undefined) {
    request.headers = { ...request.headers, 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  let response;
  let answer;
  try {
    response = await fetch(path, request);
    answer = await response.json().catch((/** @type {unknown} */ error) => {
      // Cut off by the deadline, or not JSON at all.
      if (error instanceof DOMException) throw error;
      return null;
    });
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    throw new ApiError(0, {
      error: late ? 'No answer in time' : 'No connection',
      message: late
        ? `The dashboard did not answer within ${DEADLINE_MS / 1000} s. Try again.`
        : 'The dashboard cannot be reached. Check that it runs and that this device is on its network.',
    });
  }
  if (response.ok && answer !== null) return answer;
  if (response.status === 401) onSignedOut();
  throw new ApiError(
    response.status,
    {
      error: textOr(answer?.error, `Error ${response.status}`),
      message: textOr(answer?.message, textOr(answer?.error, `The dashboard answered ${response.status} without a reason.`)),
      field: typeof answer?.field === 'string' ? answer.field : undefined,
      tries_left: typeof answer?.tries_left === 'number' ? answer.tries_left : undefined,
    },
    Number.parseInt(response.headers.get('Retry-After') ?? '', 10) || null,
  );
}

/** @param {unknown} value @param {string} other */
const textOr = (value, other) => (typeof value === 'string' && value !== '' ? value : other);

/** @param {string} path */
export const get = (path) => ask('GET', path);

/** The sentence that is shown for an error. @param {unknown} error */
export function noteFor(error) {
  return error instanceof Error ? error.message : 'Something went wrong on this page. Reload it.';
}
