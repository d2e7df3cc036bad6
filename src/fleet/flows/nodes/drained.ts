import { drainCandidate } from '../../../operations/draining/candidate.js';
import { emptyNode, refillNode } from '../../../operations/draining/empty.js';
import { isSchedulable } from '../../../operations/draining/node.js';
import { untilReady } from '../../../operations/draining/ready.js';
import { isTalosError } from '../../../runtime/errors/any-error.js';
import { messageOf } from '../../../runtime/errors/message-of.js';
import { TalosOperationError } from '../../../runtime/errors/operation-error.js';
import { isStop } from '../../engine/failure.js';
import type { NodeSteps, NodeWork } from './node-steps.js';
import type { RollNodesSettings } from './settings.js';

/** How a node is drained, or why it is not. Found out before anything is done to it. */
export type DrainPlan =
  | {
      /** The name of the node in Kubernetes. */
      readonly name: string;
      /** Whether it takes pods now; only then it does so again afterwards. */
      readonly schedulable: boolean;
    }
  | { readonly not: 'not wanted' | 'no other node takes pods' | 'not in Kubernetes' };

const DRAIN_MS = 300_000;
/** Time to connect to Kubernetes, on top of that for draining. */
const CONNECT_MS = 120_000;
const READY = { timeoutMs: 900_000 } as const;
/** A virtual IP that moves, or an API server that starts, needs some of it. */
const UNCORDON = { timeoutMs: 600_000, retries: 5, backoffMs: 10_000 } as const;
/** How long a node may take to be ready after something failed. */
const READY_AFTER_FAILURE_MS = 300_000;

/** Looks how a node is to be drained. */
export async function planDraining(
  { node, operation, kubernetes }: NodeWork,
  { drain = 'auto' }: RollNodesSettings,
): Promise<DrainPlan> {
  if (drain === 'never') return { not: 'not wanted' };
  const found = await drainCandidate(operation, await kubernetes(), node, drain);
  if (typeof found === 'string') return { not: found };
  return { name: found.name, schedulable: isSchedulable(found.node) };
}

/**
 * Does something with a node that is drained: cordons it and evicts its pods, runs `run`, waits until
 * Kubernetes has the node as ready in the boot that it is in, and uncordons it if it took pods before. When
 * anything of it fails, it is uncordoned as well, if it is ready.
 *
 * @returns what `run` gave, and how many pods left
 */
export async function whileDrained<T>(
  steps: NodeSteps,
  plan: DrainPlan,
  { drainTimeoutMs = DRAIN_MS }: RollNodesSettings,
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly evicted: number }> {
  if ('not' in plan) return { result: await run(), evicted: 0 };
  const { name, schedulable } = plan;
  let done: { readonly result: T; readonly evicted: number };
  try {
    const timeoutMs = drainTimeoutMs + CONNECT_MS;
    const evicted = await steps.step('drain', { timeoutMs }, async ({ operation, kubernetes }) => {
      const api = await kubernetes();
      const pods = await operation.within(drainTimeoutMs, () => emptyNode(operation, api, name));
      return pods.evicted.length;
    });
    const result = await run();
    await steps.step('wait for kubernetes', READY, async ({ node, operation, kubernetes }) => {
      await untilReady(operation, node, await kubernetes(), name);
      return null;
    });
    done = { result, evicted };
  } catch (error) {
    // Whoever goes on with the flow has the node as it is.
    if (!schedulable || isStop(error)) throw error;
    throw await afterTakingBack(steps, name, error);
  }
  if (schedulable) {
    await steps.step('uncordon', UNCORDON, async ({ operation, kubernetes }) => {
      await refillNode(operation, await kubernetes(), name);
      return null;
    });
  }
  return done;
}

/** Uncordons a node after a failure, and gives the failure; also what is to be said of the node. */
async function afterTakingBack(steps: NodeSteps, name: string, error: unknown): Promise<unknown> {
  let problem: string | null;
  try {
    problem = await steps.step('take back', UNCORDON, (work) => takeBack(work, name));
  } catch (second) {
    problem = messageOf(second);
  }
  if (problem === null) return error;
  const { step = 'drain', outcome = 'changed', hint } = isTalosError(error) ? facts(error) : {};
  const cordoned = `the node stays cordoned: ${problem}`;
  return new TalosOperationError(
    messageOf(error),
    {
      operation: steps.flow,
      step,
      outcome,
      node: steps.address,
      hint: hint === undefined ? cordoned : `${hint}; ${cordoned}`,
    },
    { cause: error },
  );
}

/** Uncordons a node that is ready. Gives why it is left cordoned, if it is. */
async function takeBack(work: NodeWork, name: string): Promise<string | null> {
  const { node, operation } = work;
  const api = await work.kubernetes();
  try {
    await operation.within(READY_AFTER_FAILURE_MS, () => untilReady(operation, node, api, name));
  } catch (error) {
    operation.signal.throwIfAborted();
    return messageOf(error);
  }
  await refillNode(operation, api, name);
  return null;
}

function facts(error: object): Partial<Pick<TalosOperationError, 'step' | 'outcome' | 'hint'>> {
  return error;
}
