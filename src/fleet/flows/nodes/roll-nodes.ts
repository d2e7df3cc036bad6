import { isControlPlane } from '../../../operations/members/read-members.js';
import { TalosFlowError } from '../../../runtime/errors/flow-error.js';
import type { ChildOutcome, Flow, FlowContext } from '../../flow.js';
import type { Json } from '../../json.js';
import { isFailure, reachedText, wasHeld } from '../clusters/outcomes.js';
import type { PlannedNode } from './plan-nodes.js';
import type { RollNodesSettings } from './settings.js';

/** The flow that is run for each node of a cluster. */
export interface NodeFlow<I extends Json, Done extends Json> {
  readonly flow: Flow<I, Done>;
  readonly inputOf: (node: PlannedNode) => I;
}

/**
 * Runs a flow for each node of a cluster: control planes first and one at a time, then workers. After the
 * first that fails, no others begin.
 *
 * @throws {TalosFlowError} naming the nodes that are done and those that were not begun
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
    const isFailed = ended.some(isFailure);
    // Those that did nothing although none failed were held by somebody.
    if (!isFailed && ended.some(wasHeld)) await context.mayGoOn(`after ${part.name}`);
    if (isFailed) throw stopped(part.name, nodes, outcomes);
  }
  return outcomes.flatMap((outcome) => (outcome.state === 'done' ? [outcome.output] : []));
}

/** The error of a cluster of which a node failed. */
function stopped<Done extends Json>(
  part: string,
  nodes: readonly PlannedNode[],
  outcomes: readonly ChildOutcome<Done>[],
): TalosFlowError {
  const failures = outcomes.flatMap((outcome) => (outcome.state === 'failed' ? [outcome] : []));
  const [first] = failures;
  const named = (state: ChildOutcome<Done>['state']): readonly string[] =>
    outcomes.filter((outcome) => outcome.state === state).map(({ id }) => id);
  const reached = new Set(outcomes.map(({ id }) => id));
  const later = nodes.map(({ address }) => address).filter((address) => !reached.has(address));
  const { step = part, node = first?.id, hint } = first?.error ?? {};
  const told = failures.map(({ error }) => error.message).join('; ');
  const all = reachedText(named('done'), [...named('not begun'), ...later]);
  const outcome = outcomeOf(first?.error.outcome);
  return new TalosFlowError(`${told}${all}`, { reason: 'failed', step, node, outcome, hint });
}

function outcomeOf(outcome: string | undefined): 'unchanged' | 'changed' | 'unknown' {
  return outcome === 'unchanged' || outcome === 'unknown' ? outcome : 'changed';
}
