/** Which lines of two texts stand in only one of them. */
export interface LineEdits {
  /** By index of the old lines: 1 where the line goes. */
  readonly removed: Uint8Array;
  /** By index of the new lines: 1 where the line comes. */
  readonly added: Uint8Array;
}

/**
 * How many steps the search may take: a fraction of a second. Texts with few differences need the
 * number of lines times the number of differences.
 */
const maxSteps = 10_000_000;

/**
 * The fewest lines to remove and to add on the way from one text to the other (Myers, in linear
 * space). Two long texts of the same few lines in wild order could take for ever: when the search
 * has taken its steps, what is left counts as replaced, which is still right, but not the least.
 */
export function lineEdits(old: readonly string[], fresh: readonly string[]): LineEdits {
  const removed = new Uint8Array(old.length);
  const added = new Uint8Array(fresh.length);
  // A line that only one text has is never kept: without those, the search is about the rest.
  const numbers = new Map<string, number>();
  for (const line of old) if (!numbers.has(line)) numbers.set(line, numbers.size);
  const inBoth = new Set(fresh.filter((line) => numbers.has(line)));
  const [oldAt, oldLines] = shared(old, numbers, inBoth, removed);
  const [freshAt, freshLines] = shared(fresh, numbers, inBoth, added);
  const search = new Search(oldLines, freshLines);
  search.run(
    (index) => {
      removed[oldAt[index] as number] = 1;
    },
    (index) => {
      added[freshAt[index] as number] = 1;
    },
  );
  return { removed, added };
}

/** The places and the numbers of the lines that both texts have; the others are marked. */
function shared(
  lines: readonly string[],
  numbers: ReadonlyMap<string, number>,
  inBoth: ReadonlySet<string>,
  marks: Uint8Array,
): [places: number[], numbers: Int32Array] {
  const places: number[] = [];
  for (const [index, line] of lines.entries()) {
    if (inBoth.has(line)) places.push(index);
    else marks[index] = 1;
  }
  return [places, Int32Array.from(places, (at) => numbers.get(lines[at] as string) as number)];
}

/** A stretch of both texts: old lines from x0 up to x1, new ones from y0 up to y1. */
type Box = readonly [x0: number, y0: number, x1: number, y1: number];

class Search {
  readonly #old: Int32Array;
  readonly #fresh: Int32Array;
  /** The furthest old line on each diagonal, from the start and from the end. */
  readonly #ahead: Int32Array;
  readonly #back: Int32Array;
  #steps = maxSteps;

  constructor(old: Int32Array, fresh: Int32Array) {
    this.#old = old;
    this.#fresh = fresh;
    this.#ahead = new Int32Array(old.length + fresh.length + 3);
    this.#back = new Int32Array(old.length + fresh.length + 3);
  }

  run(remove: (index: number) => void, add: (index: number) => void): void {
    const boxes: Box[] = [[0, 0, this.#old.length, this.#fresh.length]];
    for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
      const [x0, y0, x1, y1] = this.#withoutEqualEnds(box);
      const middle = x0 === x1 || y0 === y1 ? undefined : this.#middle([x0, y0, x1, y1]);
      if (middle !== undefined) {
        const [x, y] = middle;
        boxes.push([x0, y0, x, y], [x, y, x1, y1]);
        continue;
      }
      for (let x = x0; x < x1; x += 1) remove(x);
      for (let y = y0; y < y1; y += 1) add(y);
    }
  }

  #withoutEqualEnds([x0, y0, x1, y1]: Box): Box {
    while (x0 < x1 && y0 < y1 && this.#old[x0] === this.#fresh[y0]) {
      x0 += 1;
      y0 += 1;
    }
    while (x0 < x1 && y0 < y1 && this.#old[x1 - 1] === this.#fresh[y1 - 1]) {
      x1 -= 1;
      y1 -= 1;
    }
    return [x0, y0, x1, y1];
  }

  /**
   * A point that the shortest way through the box passes, found by walking from both corners until
   * the ways meet; nothing when the steps are used up.
   */
  #middle([x0, y0, x1, y1]: Box): readonly [x: number, y: number] | undefined {
    const width = x1 - x0;
    const height = y1 - y0;
    const delta = width - height;
    const isOdd = delta % 2 !== 0;
    const [old, fresh, ahead, back] = [this.#old, this.#fresh, this.#ahead, this.#back];
    // Diagonal k, on which x - y is k, is at k + zero, with a place left on both sides.
    const zero = height + 1;
    ahead[zero + 1] = 0;
    back[zero + delta - 1] = width;
    for (let d = 0; ; d += 1) {
      this.#steps -= d + 1;
      if (this.#steps < 0) return undefined;
      let low = Math.max(-d, -height);
      let high = Math.min(d, width);
      for (let k = low + ((low + d) & 1); k <= high; k += 2) {
        const [left, right] = [ahead[zero + k - 1] as number, ahead[zero + k + 1] as number];
        const isDown = k - 1 < low || (k + 1 <= high && left < right);
        let x = Math.min(isDown ? right : left + 1, width, height + k);
        const start = x;
        while (x < width && x - k < height && old[x0 + x] === fresh[y0 + x - k]) x += 1;
        this.#steps -= x - start;
        ahead[zero + k] = x;
        if (isOdd && Math.abs(k - delta) < d && x >= (back[zero + k] as number)) {
          return [x0 + x, y0 + x - k];
        }
      }
      low = Math.max(delta - d, -height);
      high = Math.min(delta + d, width);
      for (let k = low + ((low + delta + d) & 1); k <= high; k += 2) {
        const [left, right] = [back[zero + k - 1] as number, back[zero + k + 1] as number];
        const isUp = k + 1 > high || (k - 1 >= low && left < right);
        let x = Math.max(isUp ? left : right - 1, 0, k);
        const start = x;
        while (x > 0 && x > k && old[x0 + x - 1] === fresh[y0 + x - k - 1]) x -= 1;
        this.#steps -= start - x;
        back[zero + k] = x;
        if (!isOdd && Math.abs(k) <= d && x <= (ahead[zero + k] as number)) {
          return [x0 + x, y0 + x - k];
        }
      }
    }
  }
}
