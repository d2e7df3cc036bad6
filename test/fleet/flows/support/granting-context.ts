import type {
  Child,
  ChildOutcome,
  Flow,
  FlowContext,
  StepAttempt,
} from '../../../../src/fleet/flow.js';
import type { Json } from '../../../../src/fleet/json.js';
import { TalosFlowError } from '../../../../src/runtime/errors/flow-error.js';

/** A context that remembers nothing, and lets steps act so many times: then another worker has taken over. */
export class GrantingContext implements FlowContext {
  readonly id = 'run';
  /** How often a step asked whether it may act, and was told yes. */
  granted = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  step<T extends Json>(_name: string, run: (attempt: StepAttempt) => Promise<T>): Promise<T> {
    return run({
      attempt: 1,
      previous: 'none',
      detail: undefined,
      signal: new AbortController().signal,
      confirm: async () => {
        if (this.granted >= this.#most) {
          throw new TalosFlowError('another worker goes on', { reason: 'overtaken' });
        }
        this.granted += 1;
      },
      heartbeat: async () => {},
    });
  }

  async sleep(): Promise<void> {}

  async waitFor(): Promise<Json | undefined> {
    return true;
  }

  async mayGoOn(): Promise<void> {}

  async children<I extends Json, O extends Json>(
    _name: string,
    flow: Flow<I, O>,
    list: readonly Child<I>[],
  ): Promise<readonly ChildOutcome<O>[]> {
    const outcomes: ChildOutcome<O>[] = [];
    for (const { id, input } of list) {
      outcomes.push({ id, state: 'done', output: await flow.run(this, input) });
    }
    return outcomes;
  }
}
