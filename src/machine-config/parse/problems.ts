import type { LineCounter, Node } from 'yaml';
import { MachineConfigError, type MachineConfigProblem } from '../error.js';

/** How many problems are kept: a text of megabytes can have one in each line. */
const most = 1000;

/** A step of a path: a key, or the index of a list. */
export type Step = string | number;

/** Gathers what is wrong, so that all of it is told at once. */
export class Problems {
  readonly #found: MachineConfigProblem[] = [];

  get all(): readonly MachineConfigProblem[] {
    return this.#found;
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  add(problem: MachineConfigProblem): void {
    if (this.#found.length < most) this.#found.push(problem);
  }

  /** @throws {MachineConfigError} when something is wrong. */
  throwIfAny(): void {
    if (!this.isEmpty) throw new MachineConfigError(this.#found);
  }
}

/** Where the nodes of a text stand. */
export type Places = (
  node: Node | null | undefined,
) => { line: number; column: number } | undefined;

/** Places by the offsets that nodes carry; nodes made of objects have none. */
export function placesOf(lines: LineCounter): Places {
  return (node) => {
    const start = node?.range?.[0];
    return start === undefined ? undefined : placeAt(lines, start);
  };
}

export function placeAt(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** A path as people write it: `machine.network.interfaces[0].addresses`. */
export function pathText(steps: readonly Step[]): string {
  return steps
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const key = shownKey(step);
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/**
 * A key as messages show it. What looks like no key may be a value that slipped there, a secret
 * even: it is not shown.
 */
export function shownKey(key: string): string {
  const isName = key.length <= 63 && /^[A-Za-z$_*][\w./*:$-]*$|^\d{1,5}$/.test(key);
  const isDense = /[\w+/=-]{24}/.test(key) && /\d/.test(key) && /[A-Z]/.test(key);
  const isToken = /[a-z0-9]{6}\.[a-z0-9]{16}/.test(key);
  return isName && !isDense && !isToken ? key : '(key)';
}
