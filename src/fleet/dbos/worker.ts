import { DBOS, DBOSWorkflowConflictError, Error as DbosErrors } from '@dbos-inc/dbos-sdk';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import type { Ended } from '../engine/memory.js';
import type { Flow } from '../flow.js';
import type { EngineRun } from '../postgres/engine.js';
import type { Executions } from '../postgres/executions.js';
import type { DbosEngine } from './engine.js';

/** What DBOS runs on this worker, as long as the runner is open. */
export interface DbosWorker {
  readonly id: string;
  readonly engine: DbosEngine;
  readonly executions: Executions;
}

/** There is one DBOS in a process, and functions are registered with it for good. */
let active: DbosWorker | undefined;
const registered = new Set<string>();

/** Gives flows to DBOS, before it is launched. */
export function register(flows: Iterable<Flow>): void {
  for (const { name } of flows) {
    if (registered.has(name)) continue;
    // DBOS knows functions by their identity, too.
    DBOS.registerWorkflow(() => runHere(), { name, maxRecoveryAttempts: MOST_ATTEMPTS });
    registered.add(name);
  }
}

/** Has `worker` run what DBOS gives to this process; nobody, where it is absent. */
export function workWith(worker: DbosWorker | undefined): void {
  active = worker;
}

/** A workflow of DBOS. What it gives is not used, and for the eyes of people alone. */
async function runHere(): Promise<Ended['state']> {
  const id = DBOS.workflowID as string;
  const worker = active;
  // An execution that is not the right one ends so that DBOS remembers nothing of it.
  if (worker === undefined) throw new DBOSWorkflowConflictError(id);
  const execution = await worker.executions.run(id, engineRun(id, worker));
  if (execution === 'again') {
    await worker.engine.requeueFlow(id);
    throw new DBOSWorkflowConflictError(id);
  }
  if (execution === 'left' || execution === 'stopped') throw new DBOSWorkflowConflictError(id);
  if (execution.state === 'failed') throw new Error(execution.error.message);
  return execution.state;
}

function engineRun(id: string, { id: worker, engine }: DbosWorker): EngineRun {
  return {
    isOurs: (signal) => engine.isOf(worker, id, signal),
    async remember(name, body) {
      let stop: { readonly error: unknown } | undefined;
      try {
        return await DBOS.runStep(
          async () => {
            try {
              return await body();
            } catch (error) {
              // Of all errors, DBOS does not remember this one as the end of the step.
              stop = { error };
              throw new DBOSWorkflowConflictError(id);
            }
          },
          { name },
        );
      } catch (error) {
        throw stop === undefined ? meaningOf(error, id, name) : stop.error;
      }
    },
  };
}

/** What an error of DBOS says of the flow. */
function meaningOf(error: unknown, id: string, step: string): unknown {
  if (error instanceof DBOSWorkflowConflictError) {
    return new TalosFlowError('another worker has taken the flow up', { id, reason: 'overtaken' });
  }
  if (error instanceof DbosErrors.DBOSWorkflowCancelledError) {
    return new TalosFlowError('it was cancelled with the tools of DBOS', {
      id,
      reason: 'cancelled',
    });
  }
  if (
    error instanceof DbosErrors.DBOSUnexpectedStepError ||
    error instanceof DbosErrors.DBOSStepNondeterminismError
  ) {
    return new TalosFlowError('the flow did something else here before', {
      id,
      step,
      reason: 'order',
      hint: `give the flow another version where its steps change; DBOS says: ${error.message}`,
    });
  }
  return error;
}

/** Takeovers are no failures of the flow: they are not what ends it. */
const MOST_ATTEMPTS = 1_000_000;
