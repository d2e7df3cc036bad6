import { messageOf } from '../../runtime/errors/message-of.js';
import { TalosOperationError } from '../../runtime/errors/operation-error.js';
import type { TalosNode } from '../../runtime/target.js';
import { checkEtcdWithout, type GuardedMember, untilEtcdInSync } from '../etcd/guard.js';
import { isControlPlane } from '../members/read-members.js';
import type { Operation } from '../run/operation.js';
import { planOf, type RollingPlan } from './plan.js';
import type { RollingDone, RollingResult, RollingSettings, RollingStep } from './settings.js';

/**
 * Does `step` to all nodes, as a part of an operation.
 *
 * @param check looks at the plan before anything is done
 */
export async function roll<Step extends string, Result>(
  operation: Operation<Step | RollingStep>,
  nodes: readonly TalosNode[],
  { waveSize = 1, etcd = 'guard', dryRun = false }: RollingSettings,
  step: (node: TalosNode) => Promise<Result>,
  check: (plan: RollingPlan) => void = () => {},
): Promise<RollingResult<Result>> {
  operation.begin('plan');
  const plan = await planOf(operation, nodes, waveSize);
  check(plan);
  const done: RollingDone<Result>[] = [];
  if (dryRun) return { plan, done };
  const byAddress = new Map(nodes.map((node) => [node.address, node]));
  for (const [index, wave] of plan.entries()) {
    const taken = wave.flatMap(({ address }) => byAddress.get(address) ?? []);
    const first = etcd === 'guard' && wave.some(isControlPlane) ? taken[0] : undefined;
    const reached = (from: number): void => {
      const left = plan.slice(from).flat();
      operation.reaches(
        done.map(({ node }) => node),
        left.map(({ address }) => address),
      );
    };
    reached(index);
    const member = first === undefined ? undefined : await guarded(operation, first);
    reached(index + 1);
    await takeWave(operation, taken, async (node) => {
      done.push({ node: node.address, result: await step(node) });
      reached(index + 1);
    });
    if (first === undefined || member === undefined) continue;
    operation.begin('wait for etcd', first.address);
    await untilEtcdInSync(operation, first, member);
  }
  return { plan, done };
}

function guarded<Step extends string>(
  operation: Operation<Step | RollingStep>,
  node: TalosNode,
): Promise<GuardedMember | undefined> {
  operation.begin('check etcd', node.address);
  return checkEtcdWithout(operation, node);
}

/** Takes some nodes at the same time, and fails with the first of them that fails. */
async function takeWave<Step extends string>(
  operation: Operation<Step | RollingStep>,
  nodes: readonly TalosNode[],
  step: (node: TalosNode) => Promise<void>,
): Promise<void> {
  const failures: { readonly node: string; readonly error: unknown }[] = [];
  const before = operation.outcome;
  const running = nodes.map(async (node) => {
    operation.begin('roll', node.address);
    operation.changes();
    try {
      operation.signal.throwIfAborted();
      await step(node);
    } catch (error) {
      failures.push({ node: node.address, error });
    }
  });
  // The others are well on their way: to leave them where they are would be worse.
  await Promise.all(running);
  operation.signal.throwIfAborted();
  const [failure, ...more] = failures;
  if (failure === undefined) return;
  for (const { node, error } of more) {
    operation.tell({ type: 'note', node, text: `failed as well: ${messageOf(error)}` });
  }
  const { node, error: cause } = failure;
  const { outcome = 'unknown', hint } = cause instanceof TalosOperationError ? cause : {};
  const isAlone = nodes.length === 1 && outcome === 'unchanged';
  operation.knows(isAlone ? before : outcome === 'unknown' ? 'unknown' : 'changed');
  throw operation.failure(messageOf(cause), { node, cause, hint });
}
