import { readBootId } from '../../reconnect/index.js';
import type { Target } from '../../runtime/target.js';
import type { KubernetesApi, KubernetesNode } from '../kubernetes/api.js';
import { askKubernetes, withKubernetes } from '../kubernetes/connect.js';
import { withCleanUp } from '../run/clean-up.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { type EmptyStep, emptyNode, type RefillStep, refillNode } from './empty.js';
import type { EvictedPods } from './evict.js';
import { getNode, isReady, isSchedulable, kubernetesNameOf, takesPods } from './node.js';
import type { DrainOptions } from './options.js';

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
  readonly reason: 'not wanted' | 'no other node takes pods' | 'not in Kubernetes';
}

const DRAIN_MS = 300_000;
const LOOK_MS = 5_000;
const ATTEMPT_MS = 15_000;

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
    const own = await kubernetesNameOf(target, operation.signal);
    const found = await operation.within(drainTimeoutMs, () =>
      drain === 'always' ? getNode(operation, api, own) : candidate(operation, api, own),
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

/** The node to drain, or why `auto` leaves it as it is. */
async function candidate<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  name: string | undefined,
): Promise<{ readonly name: string; readonly node: KubernetesNode } | NotDrained['reason']> {
  if (name === undefined) return 'not in Kubernetes';
  const nodes = await askKubernetes(operation, (call) => api.listNodes(call));
  const node = nodes.find(({ metadata }) => metadata?.name === name);
  if (node === undefined) return 'not in Kubernetes';
  const others = nodes.filter(({ metadata }) => metadata?.name !== name);
  return others.some(takesPods) ? { name, node } : 'no other node takes pods';
}

/**
 * Waits until Kubernetes has a node as ready. For 40 s it still does so with one that has just gone
 * down, and so it also has to know the boot that the node is in, as far as that can be read.
 */
function untilReady<Step extends string>(
  operation: Operation<Step>,
  target: Target,
  api: KubernetesApi,
  name: string,
): Promise<true> {
  const what = `${name} to be ready in Kubernetes`;
  return poll(operation, { what, everyMs: LOOK_MS, attemptMs: ATTEMPT_MS }, async (call) => {
    const [node, bootId] = await Promise.all([
      api.getNode(name, call),
      readBootId(target, call).catch(() => undefined),
    ]);
    const seen = node.status?.nodeInfo?.bootID;
    if (!isReady(node)) return { missing: 'it is not ready' };
    if (bootId !== undefined && seen !== undefined && seen !== bootId) {
      return { missing: 'it has not been heard of since its boot' };
    }
    return { found: true };
  });
}
