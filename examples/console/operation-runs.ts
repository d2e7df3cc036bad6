import { type NodeSet, TalosOperationError } from 'talos-client';
import type { OperationProgress } from 'talos-client/operations';
import { rollingReboot } from 'talos-client/operations/rolling-reboot';
import { rollingUpgrade } from 'talos-client/operations/rolling-upgrade';
import { shortened } from './entries.js';
import type { RunNodeView, RunView } from './protocol.js';
import { reasonOf } from './reason.js';

/** What is to be done to nodes, one after the other. */
export type Order =
  | { readonly operation: 'reboot' }
  | { readonly operation: 'upgrade'; readonly image: string };

/** The operation that runs, or the last one, as the page shows it. It goes on when nobody looks. */
export class OperationRuns {
  readonly #publish: (run: RunView) => void;
  #view: RunView | undefined;
  #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(publish: (run: RunView) => void) {
    this.#publish = publish;
  }

  get view(): RunView | undefined {
    return this.#view;
  }

  get isRunning(): boolean {
    return this.#view !== undefined && this.#view.endedAt === undefined;
  }

  /** Begins an operation over `nodes`. There is to be none that runs. */
  start(order: Order, nodes: NodeSet): void {
    this.#stop = new AbortController();
    this.#view = {
      ...order,
      startedAt: Date.now(),
      state: 'running',
      nodes: nodes.addresses.map((address) => ({ address, state: 'waiting', steps: [] })),
    };
    this.#update({});
    this.#ended = this.#run(order, nodes);
  }

  /** Stops the operation. What it had prepared, such as a cordoned node, it takes back first. */
  stop(): void {
    if (!this.isRunning) return;
    this.#update({ state: 'stopping' });
    this.#stop.abort(new Error('stopped from the page'));
  }

  /** Stops it, and resolves when it has taken back what it takes back. */
  async close(): Promise<void> {
    this.stop();
    await this.#ended;
  }

  async #run(order: Order, nodes: NodeSet): Promise<void> {
    const { signal } = this.#stop;
    const options = {
      signal,
      onProgress: (progress: OperationProgress) => this.#progress(progress),
    };
    try {
      if (order.operation === 'reboot') await rollingReboot(nodes, options);
      else await rollingUpgrade(nodes, { image: order.image }, options);
      this.#end('done', nodes.addresses);
    } catch (error) {
      const { done = [], node } = error instanceof TalosOperationError ? error : {};
      this.#end(signal.aborted ? 'stopped' : 'failed', done, node, reasonOf(error));
    }
  }

  #progress(progress: OperationProgress): void {
    const { node, step } = progress;
    const now = nowText(progress);
    if (node === undefined) {
      this.#update({ now: now ?? step });
      return;
    }
    this.#nodes((row) => {
      // Nodes are taken one at a time, so a node is done when there is something about the next one.
      if (row.address !== node) {
        return row.state === 'running' ? { ...row, state: 'done', now: undefined } : row;
      }
      const isNew = progress.type === 'step' && row.steps.at(-1) !== step;
      return { ...row, state: 'running', now, steps: isNew ? [...row.steps, step] : row.steps };
    });
  }

  #end(
    state: 'done' | 'failed' | 'stopped',
    done: readonly string[],
    failed?: string,
    error?: string,
  ): void {
    this.#nodes((row) => {
      if (row.state === 'done' || done.includes(row.address)) {
        return { ...row, state: 'done', now: undefined };
      }
      const isBegun = row.state === 'running' || row.address === failed;
      return { ...row, state: isBegun ? state : 'left' };
    });
    this.#update({ state, endedAt: Date.now(), ...(state === 'failed' && { error }) });
  }

  #nodes(changed: (row: RunNodeView) => RunNodeView): void {
    this.#update({ now: undefined, nodes: this.#view?.nodes.map(changed) ?? [] });
  }

  #update(changes: Partial<RunView>): void {
    if (this.#view === undefined) return;
    this.#view = { ...this.#view, ...changes };
    this.#publish(this.#view);
  }
}

/** What a node does or waits for; nothing at the beginning of a step. */
function nowText(progress: OperationProgress): string | undefined {
  switch (progress.type) {
    case 'step':
      return undefined;
    case 'waiting': {
      const { what, reason } = progress;
      const why = reason === undefined ? '' : `: ${reasonOf(reason)}`;
      return shortened(`waits for ${what}${why}`);
    }
    case 'phase': {
      const { sequence, phase, task } = progress;
      return [sequence, phase, task].filter((part) => part !== undefined).join(' › ');
    }
    case 'bytes':
      return `${progress.bytes} bytes`;
    case 'note':
      return shortened(progress.text);
  }
}
