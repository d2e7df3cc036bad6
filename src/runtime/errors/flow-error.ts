import type { OperationOutcome } from './operation-error.js';
import { TalosError } from './talos-error.js';

/**
 * Why a flow did not come to its end.
 *
 * - `failed`: a step, or the flow itself, failed. It stays so.
 * - `cancelled`: somebody cancelled the run.
 * - `different`: the id belongs to a run of another flow, or with another input.
 * - `version`: the run was begun by another version of the flow.
 * - `order`: the flow did not do the same steps in the same order as before, or one of them twice.
 * - `overtaken`: another process has taken the run up, since this one was silent for too long.
 * - `closed`: the runner was closed. The run can be taken up.
 * - `locked`: another process that lives works with the runs.
 * - `held`: another run holds what this one was at work on, which nobody could read meanwhile.
 * - `journal`: what is remembered cannot be read or written.
 */
export type FlowReason =
  | 'failed'
  | 'cancelled'
  | 'different'
  | 'version'
  | 'order'
  | 'overtaken'
  | 'closed'
  | 'locked'
  | 'held'
  | 'journal';

/** The facts of a flow that did not end well, under the same names as in `TalosFlowError`. */
export interface FlowFacts {
  readonly reason: FlowReason;
  readonly flow?: string | undefined;
  readonly id?: string | undefined;
  readonly step?: string | undefined;
  readonly node?: string | undefined;
  readonly outcome?: OperationOutcome | undefined;
  readonly hint?: string | undefined;
}

/**
 * A flow of `talos-client/fleet` did not come to its end, or could not be begun. `reason` says which
 * it is; the message says what to do.
 */
export class TalosFlowError extends TalosError {
  /** @internal */
  static override readonly code = 'flow';
  override readonly name = 'TalosFlowError';
  readonly code = 'flow';
  readonly reason: FlowReason;
  /** What went wrong, without the names that the message begins with. */
  readonly problem: string;
  /** The name of the flow; absent where it is about all of them. */
  readonly flow: string | undefined;
  /** The id of the run, or that of a flow that it runs. */
  readonly id: string | undefined;
  /** The step that did not succeed. */
  readonly step: string | undefined;
  /** The address of the node that the step was about. */
  readonly node: string | undefined;
  /** Whether anything was changed on what the step acts on, where that is known. */
  readonly outcome: OperationOutcome | undefined;
  /** What to look at, or what to do next, where that is known. */
  readonly hint: string | undefined;

  constructor(problem: string, facts: FlowFacts, options?: ErrorOptions) {
    const { flow, id, step, node, hint } = facts;
    const names = [flow, id].filter((name) => name !== undefined).join(' ');
    const place = `${step === undefined ? '' : `: ${step}`}${node === undefined ? '' : ` of ${node}`}`;
    super(
      `${names === '' ? 'fleet' : names}${place}: ${problem}${hint === undefined ? '' : ` (${hint})`}`,
      options,
    );
    this.reason = facts.reason;
    this.problem = problem;
    this.flow = flow;
    this.id = id;
    this.step = step;
    this.node = node;
    this.outcome = facts.outcome;
    this.hint = hint;
  }
}
