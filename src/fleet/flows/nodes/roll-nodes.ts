import { isControlPlane } from '../../../operations/members/read-members.js';
import { TalosOperationError } from '../../../runtime/errors/operation-error.js';
import type { ChildOutcome, Flow, FlowContext } from '../../flow.js';
import type { Json } from '../../json.js';
import type { PlannedNode } from './plan-nodes.js';
import type { RollNodesSettings } from './settings.js';

/** The flow that is run for each node of a cluster. */
export interface NodeFlow<I extends Json, Done extends Json> {
  /** The name of the flow over the fleet, for errors. */
  readonly name: string;
  readonly flow: Flow<I, Done>;
  readonly inputOf: (node: PlannedNode) => I;
}

/**
 * Runs a flow for each node of a cluster: control planes first and one at a time, then workers. After the
 * first that fails, no others begin.
 *
 * @throws {TalosOperationError} naming the nodes that are done and those that were not begun
 */
export async function rollNodes<I extends Json, Done extends Json>(
  context: FlowContext,
  nodes: readonly PlannedNode[],
  { maxUnavailable = 1 }: RollNodesSettings,
  nodeFlow: NodeFlow<I, Done>,
): Promise<readonly Done[]> {
  const parts = [
    { name: 'control planes', nodes: nodes.filter(isControlPlane), limit: 1 },
    {
      name: 'workers',
      nodes: nodes.filter((node) => !isControlPlane(node)),
      limit: maxUnavailable,
    },
  ];
  const outcomes: ChildOutcome<Done>[] = [];
  for (const part of parts) {
    if (part.nodes.length === 0) continue;
    const list = part.nodes.map((node) => ({ id: node.address, input: nodeFlow.inputOf(node) }));
    const { limit } = part;
    const ended = await context.children(part.name, nodeFlow.flow, list, { limit });
    outcomes.push(...ended);
    const isFailed = ended.some(({ state }) => state === 'failed');
    // Those that were not begun without a failure were held by somebody.
    if (!isFailed && ended.some(({ state }) => state === 'not begun')) {
      await context.mayGoOn(`after ${part.name}`);
    }
    if (isFailed) throw stopped(nodeFlow.name, part.name, nodes, outcomes);
  }
  return outcomes.flatMap((outcome) => (outcome.state === 'done' ? [outcome.output] : []));
}

/** The error of a cluster of which a node failed. */
function stopped<Done extends Json>(
  operation: string,
  part: string,
  nodes: readonly PlannedNode[],
  outcomes: readonly ChildOutcome<Done>[],
): TalosOperationError {
  const failures = outcomes.flatMap((outcome) => (outcome.state === 'failed' ? [outcome] : []));
  const [first] = failures;
  const named = (state: ChildOutcome<Done>['state']): readonly string[] =>
    outcomes.filter((outcome) => outcome.state === state).map(({ id }) => id);
  const reached = new Set(outcomes.map(({ id }) => id));
  const later = nodes.map(({ address }) => address).filter((address) => !reached.has(address));
  const { step = part, node = first?.id, hint } = first?.error ?? {};
  return new TalosOperationError(
    failures.map(({ id, error }) => `${id}: ${error.message}`).join('; '),
    {
      operation,
      step,
      outcome: outcomeOf(first?.error.outcome),
      node,
      hint,
      done: named('done'),
      left: [...named('not begun'), ...later],
    },
  );
}

function outcomeOf(outcome: string | undefined): 'unchanged' | 'changed' | 'unknown' {
  return outcome === 'unchanged' || outcome === 'unknown' ? outcome : 'changed';
}
