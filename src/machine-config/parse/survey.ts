import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { MachineConfigProblem } from '../error.js';
import { type Places, shownKey } from './problems.js';

/** How deep a document may be nested. */
const deepest = 100;

/** How many nodes aliases may stand for, whatever the size of the text. */
const mostCopies = 1_000_000;

/** How many nodes aliases may stand for in a small text. */
const freeCopies = 10_000;

const mostProblems = 100;

interface Survey {
  /** Alias → the node it stands for. */
  readonly targets: ReadonlyMap<Node, Node>;
  readonly problems: readonly MachineConfigProblem[];
}

/**
 * Looks at every node of a document once: what its aliases stand for, whether they make more of the
 * text than is in proportion, how deep it goes, and which keys stand twice.
 */
export function survey(contents: Node | null, places: Places): Survey {
  const surveyor = new Surveyor(places);
  if (contents !== null) surveyor.start(contents);
  return surveyor;
}

class Surveyor implements Survey {
  readonly targets = new Map<Node, Node>();
  readonly problems: MachineConfigProblem[] = [];
  readonly #places: Places;
  readonly #anchors = new Map<string, Node>();
  /** Nodes of each subtree, with what its aliases stand for. */
  readonly #sizes = new Map<Node, number>();
  readonly #open = new Set<Node>();
  #nodes = 0;
  #isTooDeep = false;

  constructor(places: Places) {
    this.#places = places;
  }

  start(contents: Node): void {
    const copies = this.#visit(contents, 0) - this.#nodes;
    // A few kilobytes of aliases of aliases can stand for gigabytes.
    if (copies > Math.min(mostCopies, Math.max(freeCopies, 10 * this.#nodes))) {
      this.#complain('has aliases that make more of it than is in proportion', contents);
    }
  }

  /** Returns how many nodes a node stands for, with what its aliases stand for. */
  #visit(node: Node, depth: number): number {
    this.#nodes += 1;
    if (isAlias(node)) return this.#alias(node);
    if (depth > deepest) {
      if (!this.#isTooDeep) this.#complain(`is nested deeper than ${deepest} levels`, node);
      this.#isTooDeep = true;
      return 1;
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (!isMap(node) && !isSeq(node)) return 1;
    this.#open.add(node);
    let size = 1;
    for (const child of isMap(node) ? this.#entries(node) : (node.items as Node[])) {
      size += this.#visit(child, depth + 1);
    }
    this.#open.delete(node);
    if (node.anchor !== undefined) this.#sizes.set(node, size);
    return size;
  }

  /** Keys and values of a mapping; keys that stand twice are a problem. */
  *#entries({ items }: YAMLMap): Iterable<Node> {
    const seen = new Set<string>();
    for (const { key, value } of items as Pair<Node, Node | null>[]) {
      if (isScalar(key) && typeof key.value === 'string') {
        if (seen.has(key.value)) this.#complain(`has the key ${shownKey(key.value)} twice`, key);
        seen.add(key.value);
      }
      yield key;
      if (value !== null) yield value;
    }
  }

  #alias(node: Alias): number {
    const target = this.#anchors.get(node.source);
    if (target === undefined) {
      this.#complain('has an alias of an anchor that does not stand before it', node);
      return 1;
    }
    if (this.#open.has(target)) {
      this.#complain('has an alias of what it stands in', node);
      return 1;
    }
    this.targets.set(node, target);
    return this.#sizes.get(target) ?? 1;
  }

  #complain(message: string, node: Node): void {
    if (this.problems.length < mostProblems) this.problems.push({ message, ...this.#places(node) });
  }
}
