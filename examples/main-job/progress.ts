import type { OperationProgress } from 'talos-client/operations';
import type { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';

/** Tells each step of an operation, and what a node waits for, as a line of its node. */
export function stepLines(
  screen: Screen,
  nodes: StoryNodes,
): (progress: OperationProgress) => void {
  return (progress) => {
    const name = progress.node === undefined ? '' : nodes.nameOf(progress.node);
    if (progress.type === 'step') screen.node(name, progress.step);
    else if (progress.type === 'note') screen.node(name, progress.text);
  };
}

/**
 * One line for each node of an operation over many: which steps it has gone through, told when the
 * next node begins. `end` tells the last one.
 */
export class NodeLines {
  readonly #tell: (address: string, steps: readonly string[]) => void;
  #address: string | undefined;
  #steps: string[] = [];

  constructor(tell: (address: string, steps: readonly string[]) => void) {
    this.#tell = tell;
  }

  readonly onProgress = ({ type, node, step }: OperationProgress): void => {
    if (type !== 'step' || node === undefined) return;
    if (node !== this.#address) this.end();
    this.#address = node;
    if (!this.#steps.includes(step)) this.#steps.push(step);
  };

  end(): void {
    if (this.#address !== undefined) this.#tell(this.#address, this.#steps);
    this.#address = undefined;
    this.#steps = [];
  }
}
