// The drawing of a line over time: a band from min to max behind the mean, gaps
// as gaps, events as marks on the axis. uPlot does the canvas.

import uPlot from 'uplot';
import { axisLabels, number } from '../format.js';
import { niceTop } from '../logic/series.js';

/**
 * @import { RigEvent } from '../types.js'
 * @typedef {object} PlotState what is drawn; read again at every redraw
 * @property {number} divisor of the values, for the labels
 * @property {boolean} empty nothing to read a scale from
 * @property {[number, number][]} gaps in milliseconds
 * @property {RigEvent[]} events
 * @property {number} nowMs
 * @property {{ from: number, to: number }} span in milliseconds
 * @typedef {{ onPoint: (at: { index: number|null, xMs: number, nearMs: number }|null) => void, onZoom: (from: number, to: number) => void, onReturn: () => void }} PlotCalls
 */

/** A drag shorter than this is a click. */
const MIN_DRAG_PX = 8;
/** Closer than this a mark and the cursor are at the same place. */
const NEAR_PX = 7;
/** Width of a mark on the axis. */
const MARK_PX = 10;
const MARK = { info: 'none', warning: 'warn', error: 'bad' };
const RANK = { info: 0, warning: 1, error: 2 };

/**
 * A canvas needs colours as values; the tokens hold a light and a dark one, so
 * an element resolves them.
 * @param {HTMLElement} element
 */
function palette(element) {
  const probe = document.createElement('i');
  element.append(probe);
  /** @param {string} name */
  const color = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colors = {
    ink: color('ink-2'), line: color('line'), axis: color('line-2'), gap: color('bg-3'), bg: color('bg'),
    mean: color('series-1'), band: color('series-1-band'), none: color('none'), warn: color('warn'), bad: color('bad'),
  };
  probe.remove();
  return colors;
}

/**
 * @param {HTMLElement} box @param {uPlot.AlignedData} data x, max, min, mean
 * @param {PlotState} state @param {PlotCalls} calls
 */
export function plot(box, data, state, calls) {
  let colors = palette(box);
  const root = getComputedStyle(document.documentElement);
  const px = Number.parseFloat(root.fontSize) * 0.75;
  const font = `${px}px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { font, stroke: () => colors.ink, grid: { stroke: () => colors.line, width: 1 }, ticks: { show: false } };
  const hidden = { width: 0, points: { show: false } };
  /** @type {uPlot.Options} */
  const options = {
    width: Math.max(1, box.clientWidth),
    height: Math.max(1, box.clientHeight),
    padding: [8, 14, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      // A dot on the mean only, not on the edges of the band.
      points: { size: (_u, i) => (i === 3 ? 7 : 0), width: 0, fill: () => colors.mean },
      drag: { x: true, y: false, setScale: false, dist: MIN_DRAG_PX },
      bind: { dblclick: () => () => { calls.onReturn(); return null; } },
    },
    scales: {
      x: { time: true, range: () => [state.span.from / 1000, state.span.to / 1000] },
      // From zero, so that a small dip looks small.
      y: { range: (_u, _min, max) => [0, niceTop(max)] },
    },
    axes: [
      { ...axis, size: px * 2.2, gap: 6, space: 64, grid: { show: false }, border: { show: true, stroke: () => colors.axis, width: 1 },
        values: (_u, ticks, _axis, _space, step) => axisLabels(ticks, step, state.nowMs) },
      { ...axis, size: (_u, labels) => widest(labels, px), gap: 8, space: 34,
        values: (_u, ticks) => ticks.map((tick) => (state.empty ? '' : label(tick / state.divisor, ticks.map((t) => t / state.divisor)))) },
    ],
    series: [
      {},
      { ...hidden },
      { ...hidden },
      { stroke: () => colors.mean, width: 1.5, points: { show: true, size: 3, width: 0, fill: () => colors.mean, filter: lonely } },
    ],
    bands: [{ series: [1, 2], fill: () => colors.band }],
    hooks: {
      drawClear: [(u) => shadeGaps(u, state, colors.gap)],
      draw: [(u) => markEvents(u, state, colors)],
      setCursor: [(u) => {
        const left = u.cursor.left ?? -1;
        const xMs = u.posToVal(left, 'x') * 1000;
        const nearMs = u.posToVal(left + NEAR_PX, 'x') * 1000 - xMs;
        calls.onPoint(left < 0 ? null : { index: u.cursor.idx ?? null, xMs, nearMs });
      }],
      setSelect: [(u) => {
        const { left, width } = u.select;
        if (width < MIN_DRAG_PX) return;
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        calls.onZoom(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
      }],
    },
  };
  const u = new uPlot(options, data, box);
  const size = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = box;
    if (width > 0 && (width !== u.width || height !== u.height)) u.setSize({ width, height });
  });
  size.observe(box);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const recolor = () => {
    colors = palette(box);
    u.redraw(false, true);
  };
  dark.addEventListener('change', recolor);
  return {
    u,
    destroy() {
      size.disconnect();
      dark.removeEventListener('change', recolor);
      u.destroy();
    },
  };
}

/** @param {string[]|null} labels @param {number} px size of the type */
const widest = (labels, px) => Math.ceil(Math.max(2, ...(labels ?? []).map((words) => words.length)) * px * 0.58) + 10;

/** As many decimals as the ticks need to differ. @param {number} tick @param {number[]} ticks */
function label(tick, ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : 1;
  return number(tick, step >= 1 || step === 0 ? 0 : step >= 0.1 ? 1 : 2) ?? '';
}

/** A value between two gaps has no line, so it gets a dot. @param {uPlot} u @param {number} i */
function lonely(u, i) {
  const values = u.data[i];
  const found = [];
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) found.push(at);
  }
  return found;
}

/** @param {uPlot} u @param {PlotState} state @param {string} color */
function shadeGaps(u, state, color) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.fillStyle = color;
  for (const [from, to] of state.gaps) {
    const left = Math.max(bbox.left, u.valToPos(from / 1000, 'x', true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(to / 1000, 'x', true));
    if (right > left) ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
  }
  ctx.restore();
}

/**
 * Events closer together than a mark is wide share one, the worst.
 * @param {uPlot} u @param {PlotState} state
 */
function marks(u, state) {
  /** @type {{ left: number, severity: RigEvent['severity'] }[]} */
  const found = [];
  const inSpan = state.events.filter((event) => event.at_ms >= state.span.from && event.at_ms <= state.span.to);
  for (const { at_ms: at, severity } of inSpan.sort((a, b) => a.at_ms - b.at_ms)) {
    const left = u.valToPos(at / 1000, 'x', true);
    const last = found.at(-1);
    if (!last || left - last.left >= MARK_PX * uPlot.pxRatio) found.push({ left, severity });
    else if ((RANK[severity] ?? 0) > (RANK[last.severity] ?? 0)) last.severity = severity;
  }
  return found;
}

/** Diamond, triangle, square: note, warning, bad. @param {uPlot} u @param {PlotState} state @param {ReturnType<typeof palette>} colors */
function markEvents(u, state, colors) {
  const { ctx, bbox } = u;
  const k = uPlot.pxRatio;
  const y = bbox.top + bbox.height;
  ctx.save();
  ctx.lineWidth = k;
  ctx.strokeStyle = colors.bg;
  for (const { left, severity } of marks(u, state)) {
    const kind = MARK[severity] ?? 'none';
    const shape = new Path2D(
      { none: 'M0-4.5 4.5 0 0 4.5-4.5 0Z', warn: 'M0-5.5 5 4-5 4Z', bad: 'M-4.5-4.5H4.5V4.5H-4.5Z' }[kind],
    );
    ctx.setTransform(k, 0, 0, k, left, y);
    ctx.lineWidth = 1;
    ctx.fillStyle = /** @type {Record<string, string>} */ (colors)[kind];
    ctx.fill(shape);
    ctx.stroke(shape);
  }
  ctx.restore();
}
