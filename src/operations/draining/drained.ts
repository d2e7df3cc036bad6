import type { Target } from '../../runtime/target.js';
import { withKubernetes } from '../kubernetes/connect.js';
import { withCleanUp } from '../run/clean-up.js';
import type { Operation } from '../run/operation.js';
import { drainCandidate, type NoCandidate } from './candidate.js';
import { type EmptyStep, emptyNode, type RefillStep, refillNode } from './empty.js';
import type { EvictedPods } from './evict.js';
import { isSchedulable } from './node.js';
import type { DrainOptions } from './options.js';
import { untilReady } from './ready.js';

/** The steps that draining adds to an operation. */
export type DrainedStep = 'connect' | EmptyStep | 'wait for kubernetes' | RefillStep;

/** How a node was drained, or why it was not. */
export type Drained = DrainedNode | NotDrained;

/** A node was drained. */
export interface DrainedNode extends EvictedPods {
  readonly drained: true;
  /** The name of the node in Kubernetes. */
  readonly name: string;
  /** Whether it was schedulable before; only then it is so again afterwards. */
  readonly wasSchedulable: boolean;
}

/** A node was not drained. */
export interface NotDrained {
  readonly drained: false;
  readonly reason: 'not wanted' | NoCandidate;
}

const DRAIN_MS = 300_000;

/**
 * Runs `run`, which stops a node or reboots it, with the node drained: cordons it and evicts its pods,
 * runs `run`, waits until Kubernetes has the node as ready in the boot that it is in, and uncordons it if
 * it was schedulable before. It is uncordoned as well when draining or `run` fails, and when the
 * operation is ended; then without waiting for the node.
 */
export async function drained<Step extends string, Result>(
  operation: Operation<Step | DrainedStep>,
  target: Target,
  { drain = 'auto', drainTimeoutMs = DRAIN_MS, kubernetes }: DrainOptions,
  run: (drained: Drained) => Promise<Result>,
): Promise<Result> {
  if (drain === 'never') return run({ drained: false, reason: 'not wanted' });
  operation.begin('connect');
  return withKubernetes(operation, target, kubernetes, async (api) => {
    const found = await operation.within(drainTimeoutMs, () =>
      drainCandidate(operation, api, target, drain),
    );
    if (typeof found === 'string') {
      operation.tell({ type: 'note', text: `not drained: ${found}` });
      return run({ drained: false, reason: found });
    }
    const { name, node } = found;
    const wasSchedulable = isSchedulable(node);
    return withCleanUp(
      operation,
      async () => {
        const pods = await operation.within(drainTimeoutMs, () =>
          emptyNode(operation, api, name, node),
        );
        const result = await run({ drained: true, name, wasSchedulable, ...pods });
        operation.begin('wait for kubernetes');
        await untilReady(operation, target, api, name);
        return result;
      },
      async () => {
        if (wasSchedulable) await refillNode(operation, api, name);
      },
    );
  });
}
