import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { FlowTable } from '../engine/flow-table.js';
import type { FlowStart, JournalRecord } from './records.js';
import type { RunState } from './run-state.js';

/** Why flows of a run cannot go on here, where the runner was given others. */
export function unknownFlow(flows: FlowTable, state: RunState): TalosFlowError | undefined {
  for (const { start, ended } of state.flows.values()) {
    if (ended !== undefined) continue;
    try {
      flows.find(start);
    } catch (error) {
      return error as TalosFlowError;
    }
  }
  return undefined;
}

/** Why the work on a run was stopped, also where it was a fault of the program. */
export function stopOf(error: unknown, { flow, id }: FlowStart): TalosFlowError {
  if (error instanceof TalosFlowError) return error;
  return new TalosFlowError(messageOf(error), { flow, id, reason: 'failed' }, { cause: error });
}

/** An error about a run that is left, and that could be taken up. */
export function nobodyWorksOn({ flow, id }: FlowStart): TalosFlowError {
  return new TalosFlowError('nobody works on the run', {
    flow,
    id,
    reason: 'closed',
    hint: 'take it up with resume()',
  });
}

/** Why a run is not taken up that holds what another one has taken since, while nobody could read it. */
export function heldByOther(
  { flow, id }: FlowStart,
  { what, holder }: { readonly what: string; readonly holder: string },
): TalosFlowError {
  return new TalosFlowError(`${holder} holds ${what}, which this run was at work on`, {
    flow,
    id,
    reason: 'held',
    hint: 'take it up with resume() once the other one has ended',
  });
}

/** The end of a run that is cancelled, and that nobody can bring to its end, because of `why`. */
export function cancelledWhereItStood(
  id: string,
  why: TalosFlowError,
  atMs: number,
): JournalRecord {
  const message = `the run was cancelled where it stood, since ${why.problem}`;
  const hint = 'look at its nodes: some may be cordoned or half done';
  return {
    kind: 'over',
    id,
    ended: { state: 'failed', error: { message, code: 'flow', reason: 'cancelled', hint } },
    atMs,
  };
}
