import { MachineType } from '../../../generated/cosi/kinds/config.js';
import { system } from '../../../generated/features/system.js';
import { cosi } from '../../cosi/cosi.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import { checkTarget, type TalosNode } from '../../runtime/target.js';
import { isControlPlane } from '../members/read-members.js';
import { attempt } from '../run/attempt.js';
import type { Operation } from '../run/operation.js';

/** How long a node may take to say what it is. Milliseconds. */
const ATTEMPT_MS = 15_000;

/** A node of a plan. */
export interface PlannedNode {
  readonly address: string;
  /** `controlplane`, `worker`, or another word of a newer release. */
  readonly type: string;
  /** The release that it runs, such as `v1.14.0`. */
  readonly version: string;
}

/** Nodes that something is done to at the same time. */
export type Wave = readonly PlannedNode[];

/** What is to be done in which order. */
export type RollingPlan = readonly Wave[];

/**
 * The nodes as a list, each once.
 *
 * @throws {TalosConfigError} when it is no list of nodes, or empty
 */
export function listOf(nodes: Iterable<TalosNode>, name: string): readonly TalosNode[] {
  // The letters of a text are no nodes.
  if (typeof nodes !== 'object' || typeof nodes?.[Symbol.iterator] !== 'function') {
    throw refused(name, 'expected nodes, such as talos.nodes([…])');
  }
  const byAddress = new Map<string, TalosNode>();
  for (const node of nodes) {
    checkTarget(node);
    if (node.address === undefined) throw refused(name, 'expected named nodes, not the client');
    byAddress.set(node.address, node);
  }
  if (byAddress.size === 0) throw refused(name, 'there are none');
  return [...byAddress.values()];
}

function refused(name: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${name}: nodes: ${problem}`, { field: 'nodes' });
}

/**
 * Asks all nodes what they are, and puts them in order: control planes first, one at a time, then
 * workers in waves. All have to answer, so that nothing begins that cannot be finished.
 */
export async function planOf<Step extends string>(
  operation: Operation<Step>,
  nodes: readonly TalosNode[],
  waveSize: number,
): Promise<RollingPlan> {
  const planned = await Promise.all(nodes.map((node) => ask(operation, node)));
  const controlPlanes = planned.filter(isControlPlane);
  const others = planned.filter((node) => !isControlPlane(node));
  const waves: Wave[] = controlPlanes.map((node) => [node]);
  for (let start = 0; start < others.length; start += waveSize) {
    waves.push(others.slice(start, start + waveSize));
  }
  return waves;
}

async function ask<Step extends string>(
  operation: Operation<Step>,
  node: TalosNode,
): Promise<PlannedNode> {
  try {
    const [type, { version }] = await attempt(operation, ATTEMPT_MS, (call) =>
      Promise.all([cosi(node).get(MachineType, undefined, call), system(node).version({}, call)]),
    );
    return { address: node.address, type: type.spec, version: version?.tag ?? '' };
  } catch (error) {
    operation.signal.throwIfAborted();
    const text = messageOf(error);
    throw operation.failure(text, { node: node.address, cause: error });
  }
}
