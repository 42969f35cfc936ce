// Numbers, times and texts as people read them. Pure; whatever is not a usable
// number comes back as null, which the page shows as unknown.

const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'];

/** @param {unknown} n @returns {n is number} */
export const isNumber = (n) => typeof n === 'number' && Number.isFinite(n);

/** @type {Map<number, Intl.NumberFormat>} */
const formats = new Map();

/**
 * A number with thousands separated and a fixed number of decimals.
 * @param {unknown} n @param {number} [decimals] @returns {string|null}
 */
export function number(n, decimals = 0) {
  if (!isNumber(n)) return null;
  // No rig has such numbers; written out they would burst every column.
  if (Math.abs(n) >= 1e15) return n.toExponential(2);
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  // Rounding a small negative number must not leave "-0".
  return format.format(n).replace(/^-(?=[0.]*$)/, '');
}

/**
 * The SI prefix under which a number has one to three digits before the point.
 * @param {number} n @returns {{ divisor: number, prefix: string }}
 */
export function siScale(n) {
  let step = 0;
  // 999.95 would be written as 1000.0, so it already takes the next prefix.
  while (Math.abs(n) / 1000 ** step >= 999.95 && step < SI.length - 1) step += 1;
  return { divisor: 1000 ** step, prefix: SI[step] };
}

/** Decimals that leave three or four digits in all. @param {number} n */
const decimalsFor = (n) => (n === 0 || Math.abs(n) >= 100000 ? 0 : Math.abs(n) < 10 ? 2 : 1);

/**
 * @typedef {{ value: string, unit: string }} Quantity
 * @param {unknown} hs hashes per second @returns {Quantity|null}
 */
export function hashrate(hs) {
  if (!isNumber(hs)) return null;
  const { divisor, prefix } = siScale(hs);
  const scaled = hs / divisor;
  const decimals = prefix === '' && scaled >= 10 ? 0 : decimalsFor(scaled);
  return { value: /** @type {string} */ (number(scaled, decimals)), unit: `${prefix}H/s` };
}

/** @param {Quantity|null} quantity @returns {string|null} */
export const text = (quantity) => (quantity ? `${quantity.value} ${quantity.unit}`.trim() : null);

/** A bare large number such as a difficulty: "8.9 G". @param {unknown} n @returns {string|null} */
export function si(n) {
  if (!isNumber(n)) return null;
  const { divisor, prefix } = siScale(n);
  return `${number(n / divisor, prefix === '' && Number.isInteger(n) ? 0 : decimalsFor(n / divisor))} ${prefix}`.trim();
}

/** @param {unknown} n @returns {Quantity|null} */
export function bytes(n) {
  if (!isNumber(n)) return null;
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let step = 0;
  while (Math.abs(n) / 1024 ** step >= 1023.95 && step < units.length - 1) step += 1;
  const scaled = n / 1024 ** step;
  return { value: /** @type {string} */ (number(scaled, step === 0 || scaled >= 99.95 ? 0 : 1)), unit: units[step] };
}

/**
 * A length of time with its two largest units: "42 s", "12 min", "4 h 36 min", "3 d 4 h".
 * @param {unknown} seconds @returns {string|null}
 */
export function duration(seconds) {
  if (!isNumber(seconds)) return null;
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return s % 60 && min < 10 ? `${min} min ${s % 60} s` : `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 24) return min % 60 ? `${h} h ${min % 60} min` : `${h} h`;
  const d = Math.floor(h / 24);
  return h % 24 && d < 100 ? `${number(d)} d ${h % 24} h` : `${number(d)} d`;
}

/** @param {unknown} seconds @returns {string|null} */
export function ago(seconds) {
  const length = duration(seconds);
  return length === null ? null : `${length} ago`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** @param {number} n */
const two = (n) => String(n).padStart(2, '0');
/** @param {Date} a @param {Date} b */
const sameDay = (a, b) => a.toDateString() === b.toDateString();

/** "07:48" or "07:48:08", in the reader's own time zone. @param {number} ms @param {boolean} [seconds] */
export function clock(ms, seconds = false) {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}${seconds ? `:${two(d.getSeconds())}` : ''}`;
}

/** "22 Nov", with the year where it is another one. @param {number} ms @param {number} nowMs */
export function day(ms, nowMs) {
  const d = new Date(ms);
  const year = d.getFullYear() === new Date(nowMs).getFullYear() ? '' : ` ${d.getFullYear()}`;
  return `${d.getDate()} ${MONTHS[d.getMonth()]}${year}`;
}

/**
 * A moment, as short as it can be understood: the time today, else day and time.
 * @param {unknown} ms @param {number} nowMs @param {boolean} [seconds] @returns {string|null}
 */
export function moment(ms, nowMs, seconds = false) {
  if (!isNumber(ms)) return null;
  const time = clock(ms, seconds);
  return sameDay(new Date(ms), new Date(nowMs)) ? time : `${day(ms, nowMs)} ${time}`;
}

/** Heading of a day in a list. @param {number} ms @param {number} nowMs */
export function dayName(ms, nowMs) {
  const yesterday = new Date(nowMs);
  yesterday.setDate(yesterday.getDate() - 1);
  if (sameDay(new Date(ms), new Date(nowMs))) return 'Today';
  return sameDay(new Date(ms), yesterday) ? 'Yesterday' : day(ms, nowMs);
}

/**
 * Labels under a time axis: the time, and the day where a new one begins or
 * where the ticks are whole days.
 * @param {number[]} ticks in seconds @param {number} stepS @param {number} nowMs
 */
export function axisLabels(ticks, stepS, nowMs) {
  return ticks.map((tick) => {
    const ms = tick * 1000;
    const d = new Date(ms);
    if (stepS >= 86400 || (d.getHours() === 0 && d.getMinutes() === 0)) return day(ms, nowMs);
    return clock(ms, stepS < 60);
  });
}

/** "1 GPU", "6 GPUs". @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** Ends a text taken from elsewhere as a sentence. @param {string} words */
export function sentence(words) {
  const trimmed = words.trim();
  return /[.!?…]$/.test(trimmed) || trimmed === '' ? trimmed : `${trimmed}.`;
}

/**
 * A card's name without the maker's words before the model, which is what
 * tells cards apart and must not be cut off on a phone.
 * @param {string} name
 */
export const cardName = (name) =>
  name.replace(/^(?:NVIDIA |AMD |Intel(?:\(R\))? )?(?:GeForce |Radeon |Arc )?(?=(?:RTX|GTX|RX|[AB]\d{3})\b)/i, '');

/** A text taken from elsewhere that begins a sentence. @param {string} words */
export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/**
 * A log as plain lines: miners colour their output with terminal codes, and a
 * carriage return overwrites the line before it.
 * @param {string} log
 */
export function plainLog(log) {
  return log
    .replace(/\r\n/g, '\n')
    .replace(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]/g, '')
    .replace(/[^\n]*\r(?=[^\n])/g, '')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
    .replace(/\n+$/, '');
}
