// The sentence at the top of the page: how the rig is, what is wrong, and what
// helps. Pure; the first rule that fits speaks.

import { ago, capital, clock, count, duration, hashrate, isNumber, moment, sentence, text } from '../format.js';
import { silenceMs } from './link.js';

/**
 * @import { Gpu, Instance, Miner, NoData, RigEvent, Snapshot, Tone } from '../types.js'
 * @import { Link } from './link.js'
 * @typedef {'start'|'log'|'events'|'help'} Offer what the page offers to do about it
 * @typedef {{ tone: Tone, title: string, detail: string, offers: Offer[] }} Sentence
 */

/** After so long without a word the last state is history, not news. */
const UNKNOWN_AFTER_MS = 30_000;

/**
 * @param {Snapshot|null} snapshot @param {Link} link
 * @param {{ hereMs: number, rigMs: number }} now by this computer's and by the rig's clock
 * @param {RigEvent[]} events newest first @returns {Sentence}
 */
export function pageSentence(snapshot, link, now, events) {
  if (!snapshot) {
    return say('none', 'Waiting for the first values', 'The dashboard has not answered yet.');
  }
  const rig = rigSentence(snapshot, now.rigMs, events);
  if (silenceMs(link, now.hereMs) <= UNKNOWN_AFTER_MS) return rig;
  return say(
    'none',
    `No data since ${moment(snapshot.at_ms, now.rigMs, true)}`,
    `The dashboard does not answer; this page keeps trying. The last it said: ${lower(rig.title)}. ` +
      'The miner does not need the dashboard and most likely goes on.',
  );
}

/** @param {Snapshot} snapshot @param {number} nowMs @param {RigEvent[]} events @returns {Sentence} */
export function rigSentence(snapshot, nowMs, events) {
  const working = snapshot.miners.filter(isOk);
  return (
    changing(snapshot.control.instances, working.length > 0, nowMs) ??
    (working.length === 0 ? silent(snapshot, nowMs, events) : speaking(snapshot, working, nowMs))
  );
}

/**
 * A miner process that is on its way from one state to another, or lost.
 * @param {Instance[]} instances @param {boolean} answers @param {number} nowMs @returns {Sentence|null}
 */
function changing(instances, answers, nowMs) {
  /** @param {string} phase */
  const first = (phase) => instances.find((instance) => instance.phase === phase);
  const running = first('running') !== undefined;
  const stopping = first('stopping');
  if (stopping && !running) return say('none', 'The miner is stopping', 'It is given time to end by itself.');
  // With other instances still mining the rest of the rig is the news.
  if (running && answers) return null;
  const gaveUp = first('gave_up');
  if (gaveUp) {
    return say(
      'bad',
      'The miner gave up',
      `${capital(sentence(gaveUp.reason ?? 'It ended by itself too often'))} It is not started again by itself.`,
      ['start', 'log'],
    );
  }
  const waiting = first('backing_off');
  if (waiting) {
    const at = isNumber(waiting.until_ms) ? `, next start at ${clock(waiting.until_ms, true)}` : '';
    return say('warn', `The miner ended by itself${at}`, capital(sentence(waiting.reason ?? '')), ['start', 'log']);
  }
  const starting = first('starting');
  if (starting && !answers) {
    const since = isNumber(starting.started_ms)
      ? `Started ${ago((nowMs - starting.started_ms) / 1000)}; its first values are awaited.`
      : 'Its first values are awaited.';
    return say('none', 'The miner is starting', since);
  }
  return null;
}

/** No miner program answers. @param {Snapshot} snapshot @param {number} nowMs @param {RigEvent[]} events @returns {Sentence} */
function silent(snapshot, nowMs, events) {
  const { control } = snapshot;
  const source = snapshot.miners.find((miner) => !isOk(miner));
  const alive = control.instances.find((instance) => instance.phase === 'running');
  if (alive) {
    const running = isNumber(alive.started_ms) ? ` for ${duration((nowMs - alive.started_ms) / 1000)}` : '';
    return say(
      'warn',
      'The miner runs but does not answer',
      source ? because(source, nowMs) : `Its process has been there${running}, but its values cannot be read.`,
      ['log', 'events'],
    );
  }
  const ours = control.instances.length > 0 || control.program !== null;
  if (ours) {
    const stop = events.find((event) => event.kind === 'miner.stop');
    const who = stop && control.instances.length > 0 ? `Stopped by ${stop.actor}, ${moment(stop.at_ms, nowMs)}. ` : '';
    return say('off', 'The miner is stopped', `${who}Nothing is being mined.`, ['start']);
  }
  if (source) {
    const since = moment(/** @type {NoData} */ (source).since_ms, nowMs);
    const why = capital(sentence(/** @type {NoData} */ (source).reason));
    return say('bad', `No data from the miner since ${since}`, `${source.address}: ${why} Check that the miner runs and that its API is switched on.`, ['events']);
  }
  return say('none', 'No miner found yet', 'No miner program answers on this rig. The dashboard keeps looking.', ['help']);
}

/** At least one miner program answers. @param {Snapshot} snapshot @param {Miner[]} working @param {number} nowMs @returns {Sentence} */
function speaking(snapshot, working, nowMs) {
  const { summary } = snapshot;
  const troubles = snapshot.miners.filter((miner) => !isOk(miner)).map((miner) => because(miner, nowMs));
  for (const { phase, reason, name } of snapshot.control.instances) {
    if (phase === 'gave_up' || phase === 'backing_off') {
      troubles.push(`Process ${name} ended by itself${reason ? `: ${sentence(reason)}` : '.'}`);
    }
  }
  if (!summary.mining) {
    const idle = atRest(working);
    return { ...idle, detail: [idle.detail, ...troubles].join(' ').trim() };
  }
  const lines = [figures(working, summary.hashrate_hs), ...idleGpus(working), ...troubles].filter(Boolean);
  const { gpus, gpus_mining: mining } = summary;
  if (gpus > 0 && mining === 0) {
    return say('warn', 'Connected, but no GPU has a hashrate', lines.join(' '), ['events']);
  }
  if (gpus === 0 && summary.hashrate_hs === 0) {
    return say('warn', 'Connected, but the hashrate is zero', lines.join(' '), ['events']);
  }
  if (mining < gpus) return say('warn', `Mining on ${mining} of ${count(gpus, 'GPU')}`, lines.join(' '), ['events']);
  if (troubles.length > 0) {
    return say('warn', gpus > 0 ? `Mining on ${count(gpus, 'GPU')}, but not all is well` : 'Mining, but not all is well', lines.join(' '), ['events']);
  }
  return say('ok', gpus > 0 ? `All is well, mining on ${count(gpus, 'GPU')}` : 'All is well, mining', lines.join(' '));
}

/** Programs answer, none of them mines. @param {Miner[]} working @returns {Sentence} */
function atRest(working) {
  const noPool = working.find((miner) => miner.activity === 'no_pool');
  if (noPool) {
    const pool = noPool.pool.url ? `No connection to ${noPool.pool.url}.` : 'The miner has no connection to its pool.';
    const why = noPool.activity_reason ? ` ${sentence(noPool.activity_reason)}` : '';
    return say('bad', 'No work, the pool does not answer', `${pool}${why} The miner keeps trying.`, ['log', 'events']);
  }
  const starting = working.find((miner) => miner.activity === 'starting');
  if (starting) {
    const why = starting.activity_reason ?? 'It is connected and prepares its working data, which can take some minutes';
    return say('none', 'The miner is starting', capital(sentence(why)));
  }
  if (working.every((miner) => miner.activity === 'serving')) {
    return say('none', 'No miner hashes for the pool', 'The pool answers, but none of its miners has a hashrate.', ['events']);
  }
  const paused = working.find((miner) => miner.activity === 'paused');
  return say('off', 'Mining is paused', capital(sentence(paused?.activity_reason ?? 'The miner does not say why')), ['events']);
}

/** @param {Miner[]} working @param {number|null} hs */
function figures(working, hs) {
  const rate = text(hashrate(hs));
  const [only] = working.length === 1 ? working : [];
  const time = only && isNumber(only.uptime_s) ? ` for ${duration(only.uptime_s)}` : '';
  const share = only && isNumber(only.shares.last_share_age_s) ? `, last share ${ago(only.shares.last_share_age_s)}` : '';
  const programs = working.map((miner) => miner.program).join(' and ');
  return rate ? `${programs} at ${rate}${time}${share}.` : `${programs}${time}${share}.`;
}

/** The GPUs that do not mine, and why. @param {Miner[]} working @returns {string[]} */
function idleGpus(working) {
  const lines = working.flatMap((miner) =>
    miner.gpus.filter((gpu) => !gpuMines(gpu)).map((gpu) => {
      const name = working.length > 1 ? `GPU ${gpu.index} of ${miner.program}` : `GPU ${gpu.index}`;
      if (gpu.paused !== null) return `${name} is paused: ${sentence(gpu.paused)}`;
      return gpu.hashrate_hs === null ? `${name} tells no hashrate.` : `${name} has a hashrate of zero.`;
    }),
  );
  return lines.length > 3 ? [...lines.slice(0, 2), `${lines.length - 2} more do not mine.`] : lines;
}

/** @param {Gpu} gpu */
export const gpuMines = (gpu) => gpu.paused === null && isNumber(gpu.hashrate_hs) && gpu.hashrate_hs > 0;

/** @param {Miner|NoData} miner @returns {miner is Miner} */
export const isOk = (miner) => miner.state === 'ok';

/** @param {Miner|NoData} source @param {number} nowMs */
function because(source, nowMs) {
  if (source.state === 'ok') return '';
  return `No data from ${source.address} since ${moment(source.since_ms, nowMs)}: ${sentence(source.reason)}`;
}

/** @param {string} title */
const lower = (title) => title.charAt(0).toLowerCase() + title.slice(1);

/** @param {Tone} tone @param {string} title @param {string} detail @param {Offer[]} [offers] @returns {Sentence} */
const say = (tone, title, detail, offers = []) => ({ tone, title, detail, offers });
