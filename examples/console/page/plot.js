import { element } from './dom.js';

/** @typedef {import('../protocol.js').Sample} Sample */

/** How far back a plot goes, and how far apart samples are when one is missing in between. */
const WINDOW_MS = 180_000;
const GAP_MS = 7_000;
const [WIDTH, HEIGHT] = [300, 40];

/**
 * A number of a node over the last minutes. Where it is not known there is a grey stretch, and no line.
 */
export class Plot {
  #value = element('span');
  #top = element('span', { class: 'quiet' });
  #svg = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
  });
  #title;
  #numberOf;

  /**
   * @param {string} title
   * @param {string} className
   * @param {(sample: Sample) => number | undefined} numberOf
   */
  constructor(title, className, numberOf) {
    this.#title = title;
    this.#numberOf = numberOf;
    const head = element('div', { class: 'plot-head' }, [
      element('span', { class: 'quiet', text: title }),
      element('span', {}, [this.#value, this.#top]),
    ]);
    this.element = element('div', { class: `plot ${className}` }, [head, this.#svg]);
  }

  /**
   * @param {readonly Sample[]} samples oldest first
   * @param {number} top the number at the top of the plot
   * @param {{ now: string, top: string }} texts what the number is now, and what is at the top of the plot
   */
  draw(samples, top, texts) {
    this.#value.textContent = texts.now;
    this.#top.textContent = ` ${texts.top}`;
    const now = samples.at(-1)?.at ?? 0;
    const shown = samples.filter(({ at }) => now - at <= WINDOW_MS);
    const values = shown.map(this.#numberOf);
    /** @param {number} at */
    const x = (at) => WIDTH * (1 - (now - at) / WINDOW_MS);
    /** @param {number} value */
    const y = (value) => HEIGHT - 1 - (HEIGHT - 3) * (value / top);
    /** @type {[x: number, y: number][][]} */
    const lines = [];
    /** @type {{ from: number, to: number }[]} */
    const gaps = [];
    let before = shown[0]?.at ?? now;
    for (const [index, { at }] of shown.entries()) {
      const value = values[index];
      const isNext = at - before <= GAP_MS;
      if (value === undefined) {
        if (lines.length > 0) lines.push([]);
      } else if (isNext && lines.length > 0) lines.at(-1)?.push([x(at), y(value)]);
      else lines.push([[x(at), y(value)]]);
      // The first number after a boot takes two samples; that is not yet a gap.
      const isGap = !isNext || shown[index]?.memoryTotal === undefined;
      const last = gaps.at(-1);
      if (isGap && last !== undefined && last.to === x(before)) last.to = x(at);
      else if (isGap) gaps.push({ from: x(before), to: x(at) });
      before = at;
    }
    this.#svg.replaceChildren(
      ...gaps.map(({ from, to }) =>
        svg('rect', { class: 'gap', x: from, y: 0, width: to - from, height: HEIGHT }),
      ),
      ...lines.filter((line) => line.length > 0).flatMap(lineShapes),
    );
    const label = `${this.#title} over ${WINDOW_MS / 60_000} minutes: now ${texts.now} ${texts.top}`;
    this.#svg.setAttribute('aria-label', label);
  }
}

/**
 * @param {[x: number, y: number][]} line
 * @returns {Element[]}
 */
function lineShapes(line) {
  const path = line.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L');
  const [first, last] = [line[0]?.[0] ?? 0, line.at(-1)?.[0] ?? 0];
  return [
    svg('path', { class: 'area', d: `M${path}L${last} ${HEIGHT}L${first} ${HEIGHT}Z` }),
    svg('path', { class: 'line', d: `M${path}` }),
  ];
}

/**
 * @param {string} tag
 * @param {Readonly<Record<string, string | number>>} attributes
 */
function svg(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
