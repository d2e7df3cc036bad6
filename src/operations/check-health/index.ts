import type { ReconnectParts } from '../../reconnect/index.js';
import { anything, flag, list, oneOf, record, texts } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkDuration } from '../../runtime/call.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { type KubernetesOptions, kubernetesShape } from '../draining/options.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import type { HealthCheckName, HealthNode } from './check.js';
import { type CheckedHealth, checked } from './checked.js';
import { healthChecks } from './checks.js';
import { type ExpectedNodes, expectedNodes } from './nodes.js';
import { OpenedKubernetes } from './opened-kubernetes.js';

export type { HealthCheckName, NodeHealth } from './check.js';
export type { CheckedHealth } from './checked.js';
export type { ExpectedNodes } from './nodes.js';

/** The steps of `checkHealth`: finding the nodes, and the checks by their names. */
export type CheckHealthStep = 'find nodes' | HealthCheckName;

/** Options of `checkHealth`. */
export interface CheckHealthOptions extends OperationOptions<CheckHealthStep>, KubernetesOptions {
  /** The checks to make. Default: all. */
  readonly checks?: readonly HealthCheckName[] | undefined;
  /** Checks to leave out, such as `schedulable` while a node is cordoned on purpose. Default: none. */
  readonly without?: readonly HealthCheckName[] | undefined;
  /** The nodes that are to be healthy. Default: the members of the cluster that the target knows. */
  readonly nodes?: ExpectedNodes | undefined;
  /**
   * Whether what does not hold is waited for. If not, each check is made once, and those that fail are
   * in the result. Default: yes.
   */
  readonly wait?: boolean | undefined;
  /** Milliseconds between two looks of a check. Default: 5000. */
  readonly intervalMs?: number | undefined;
  /** Milliseconds that one look may take. Default: 15000. */
  readonly attemptTimeoutMs?: number | undefined;
}

/** How healthy a cluster is. */
export interface HealthReport {
  /** Whether no check failed. Those that were skipped count as neither. */
  readonly healthy: boolean;
  /** The addresses of the nodes that were looked at, control planes first. */
  readonly nodes: readonly string[];
  /** The checks, in the order in which they were made. */
  readonly checks: readonly CheckedHealth[];
}

const names = healthChecks.map(({ name }) => name);
const checkNames = list(oneOf(...names), `names of checks: ${names.join(', ')}`);

const shape: Shape<CheckHealthOptions> = {
  ...operationShape,
  ...kubernetesShape,
  checks: checkNames,
  without: checkNames,
  nodes: record,
  wait: flag,
  intervalMs: anything,
  attemptTimeoutMs: anything,
};

const nodesShape: Shape<ExpectedNodes> = {
  controlPlanes: texts('10.0.0.2'),
  workers: texts('10.0.0.5'),
};

/**
 * Checks a cluster from here, one check after the other, each until it holds: etcd, the nodes, and what
 * runs of Kubernetes. The nodes are asked one by one, through the endpoints of the client.
 *
 * `os:reader` may do it. What Kubernetes has of the nodes is then what they say themselves, and what
 * only the Kubernetes API tells is skipped, with the reason in the result.
 *
 * @example
 * ```ts
 * const { checks } = await checkHealth(talos, { without: ['schedulable'] });
 * ```
 * @param target the client, or a node of the cluster; it is asked for the members
 * @throws {TalosOperationError} when a check does not hold within `timeoutMs` (default: 1200000, for all
 * of them): `step` is the check, `node` the first node that fails it, and the message has what was seen
 * last
 */
export async function checkHealth(
  target: Target,
  options: CheckHealthOptions = {},
  parts?: ReconnectParts,
): Promise<HealthReport> {
  checkOptions(options, shape, 'checkHealth');
  if (options.nodes !== undefined) checkOptions(options.nodes, nodesShape, 'checkHealth: nodes');
  const { wait = true, intervalMs = 5_000, attemptTimeoutMs = 15_000 } = options;
  checkDuration(intervalMs, 'intervalMs');
  checkDuration(attemptTimeoutMs, 'attemptTimeoutMs');
  const settings = { wait, intervalMs, attemptTimeoutMs };
  const { checks: wanted = names, without = [] } = options;
  const checks = healthChecks.filter(
    ({ name }) => wanted.includes(name) && !without.includes(name),
  );
  const setup = { target: checkTarget(target), options, defaultTimeoutMs: 1_200_000, parts };
  return runOperation({ ...setup, name: 'checkHealth' }, async (operation) => {
    operation.begin('find nodes');
    const found = await expectedNodes(operation, target, options.nodes, settings);
    const nodes = [...found].sort(byTypeAndAddress);
    const results: CheckedHealth[] = [];
    const opened = new OpenedKubernetes(operation, target, options.kubernetes, settings);
    try {
      for (const check of checks) {
        operation.begin(check.name);
        const kubernetes = check.usesKubernetes ? await opened.get() : 'it is not needed';
        results.push(await checked(operation, check, { nodes, kubernetes }, settings));
      }
    } finally {
      opened.close();
    }
    return {
      healthy: results.every(({ status }) => status !== 'failed'),
      nodes: nodes.map(({ address }) => address),
      checks: results,
    };
  });
}

function byTypeAndAddress(one: HealthNode, other: HealthNode): number {
  return (
    Number(other.isControlPlane) - Number(one.isControlPlane) ||
    one.address.localeCompare(other.address, 'en', { numeric: true })
  );
}
