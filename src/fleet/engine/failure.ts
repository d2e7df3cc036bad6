import { isTalosError } from '../../runtime/errors/any-error.js';
import { type FlowReason, TalosFlowError } from '../../runtime/errors/flow-error.js';
import type { OperationOutcome } from '../../runtime/errors/operation-error.js';
import type { Outcome } from '../../runtime/errors/outcome.js';
import type { FlowFailure } from '../flow.js';

/** Texts of nodes may be long, and a failure is remembered several times. */
const MOST_CHARACTERS = 4000;

/** What the errors that flows get were made of, so that it passes through flows as it was. */
const origins = new WeakMap<Error, FlowFailure>();

/** An error for a flow that gets what is remembered of a failure. */
export function errorOf(
  failure: FlowFailure,
  names: { readonly flow: string; readonly id: string },
): TalosFlowError {
  const { step, node, hint } = failure;
  const error = new TalosFlowError(failure.message, {
    ...names,
    reason: (failure.reason ?? 'failed') as FlowReason,
    step,
    node,
    outcome: failure.outcome as OperationOutcome | undefined,
    hint,
  });
  origins.set(error, failure);
  return error;
}

/** What is remembered of an error that a step or a flow threw. */
export function failureOf(
  error: unknown,
  place: { step?: string; node?: string | undefined } = {},
): FlowFailure {
  const origin = error instanceof Error ? origins.get(error) : undefined;
  if (origin !== undefined) return origin;
  if (!isTalosError(error)) return compact({ message: textOf(error), ...place });
  const { code } = error;
  const { hint, node } = error as { readonly hint?: unknown; readonly node?: unknown };
  return compact({
    message: cut(code === 'flow' ? error.problem : error.message),
    code,
    reason: code === 'flow' && error.reason !== 'failed' ? error.reason : undefined,
    step: place.step ?? (code === 'flow' ? error.step : undefined),
    node: place.node ?? (typeof node === 'string' ? node : undefined),
    outcome: outcomeOf(error),
    hint: typeof hint === 'string' ? cut(hint) : undefined,
  });
}

/**
 * Whether an error says that this worker has to stop, and nothing of the flow: then nothing of it is
 * remembered, and the run can be taken up.
 */
export function isStop(error: unknown): boolean {
  return isTalosError(error) && error.code === 'flow' && stops.has(error.reason);
}

const stops: ReadonlySet<FlowReason> = /* @__PURE__ */ new Set<FlowReason>([
  'order',
  'overtaken',
  'closed',
  'journal',
]);

/** What is known of what was acted on; calls say it in words of their own. */
function outcomeOf(error: object): OperationOutcome | undefined {
  const { outcome } = error as { readonly outcome?: Outcome | OperationOutcome };
  switch (outcome) {
    case 'not-sent':
      return 'unchanged';
    case 'answered':
      return undefined;
    default:
      return outcome;
  }
}

/** The name of the class says more than the message alone: `TypeError: x is not a function`. */
function textOf(error: unknown): string {
  return cut(error instanceof Error && error.name === 'Error' ? error.message : String(error));
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

/** Without what is undefined, so that it is the same before and after it was remembered. */
function compact(failure: FlowFailure): FlowFailure {
  return JSON.parse(JSON.stringify(failure)) as FlowFailure;
}
