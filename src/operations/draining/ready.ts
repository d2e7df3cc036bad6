import { readBootId } from '../../reconnect/index.js';
import type { Target } from '../../runtime/target.js';
import type { KubernetesApi } from '../kubernetes/api.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isReady } from './node.js';

const LOOK_MS = 5_000;
const ATTEMPT_MS = 15_000;

/**
 * Waits until Kubernetes has a node as ready. For 40 s it still does so with one that has just gone
 * down, and so it also has to know the boot that the node is in, as far as that can be read.
 */
export function untilReady<Step extends string>(
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
