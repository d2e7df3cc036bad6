import type { Operation } from '../../../operations/run/operation.js';
import type { ReconnectParts } from '../../../reconnect/index.js';
import type { TalosClient } from '../../../runtime/talos-client.js';
import type { FlowContext, StepAttempt, StepOptions } from '../../flow.js';
import type { Json } from '../../json.js';
import type { Connection } from '../connections.js';
import { type Confirm, operate } from '../operate.js';

/** What one attempt at a step of a cluster has to work with. */
export interface ClusterWork {
  readonly client: TalosClient;
  readonly operation: Operation<string>;
  readonly attempt: StepAttempt;
  readonly confirm: Confirm;
}

/** How a step of a cluster is done. Times are milliseconds. */
export interface ClusterStep extends Pick<StepOptions<Json>, 'retries' | 'backoffMs'> {
  readonly name: string;
  /** The name of the flow that errors tell. */
  readonly flow: string;
  readonly timeoutMs: number;
  readonly parts: ReconnectParts | undefined;
}

/** Does a step that is about a cluster, or gives what it gave before. */
export function clusterStep<T extends Json>(
  context: FlowContext,
  connection: Connection,
  { name, flow, timeoutMs, parts, ...options }: ClusterStep,
  run: (work: ClusterWork) => Promise<T>,
): Promise<T> {
  return context.step<T>(
    name,
    async (attempt) => {
      const client = await connection.client(flow, attempt.signal);
      const setup = { flow, step: name, target: client, timeoutMs, parts };
      return operate(setup, attempt, (operation, confirm) =>
        run({ client, operation, attempt, confirm }),
      );
    },
    options,
  );
}
