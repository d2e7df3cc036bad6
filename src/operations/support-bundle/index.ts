import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ReconnectParts } from '../../reconnect/index.js';
import { flag, oneOf, texts } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { checkTarget, type TalosNode, type Target } from '../../runtime/target.js';
import { kubernetesApi } from '../draining/options.js';
import type { KubernetesApi } from '../kubernetes/api.js';
import { readMembers } from '../members/read-members.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { otherNode } from '../run/other-node.js';
import { runOperation } from '../run/run-operation.js';
import { type Bundled, writeBundle } from './bundle.js';
import type { CollectorFailure } from './collect/collector.js';
import type { SupportBundleStep } from './step.js';
import { encrypting } from './write/encrypted.js';

export type { CollectorFailure } from './collect/collector.js';
export type { SupportBundleStep } from './step.js';

/** Options of `supportBundle`. */
export interface SupportBundleOptions extends OperationOptions<SupportBundleStep> {
  /**
   * The addresses of the nodes to collect from. Default: the target if it is a node, and else all members of
   * the cluster.
   */
  readonly nodes?: readonly string[] | undefined;
  /**
   * A client of the Kubernetes API; `none` to leave Kubernetes out. Default: one with a kubeconfig that a
   * control plane makes, which needs `os:admin`.
   */
  readonly kubernetes?: KubernetesApi | 'none' | undefined;
  /**
   * Whom to encrypt the bundle for, with age: recipients such as `age1…`. It needs the package
   * `age-encryption`. Default: it is not encrypted.
   */
  readonly recipients?: readonly string[] | undefined;
  /** Whether a file that is there is replaced. Default: false. */
  readonly overwrite?: boolean | undefined;
}

/** What `supportBundle` wrote. */
export interface SupportBundle {
  /** The file. */
  readonly path: string;
  /** Bytes of the zip, before it was encrypted. */
  readonly bytes: number;
  /** How many files are in it. */
  readonly files: number;
  /** The addresses of the nodes that were asked. */
  readonly nodes: readonly string[];
  /** What could not be collected; the bundle has it as `errors.txt`. */
  readonly failures: readonly CollectorFailure[];
}

const shape: Shape<SupportBundleOptions> = {
  ...operationShape,
  nodes: texts('10.0.0.2'),
  kubernetes: (value) => (typeof value === 'string' ? oneOf('none')(value) : kubernetesApi(value)),
  recipients: texts('age1…'),
  overwrite: flag,
};

/**
 * Collects what helps to find out what is wrong with a cluster into one zip: logs of the kernel, of services
 * and of the pods of Kubernetes' own namespace, all resources, and how each node is. The paths are those
 * of `talosctl support`, but for the logs of containers, which have the name of the container in theirs.
 *
 * The file is there when it is whole, and only its owner can read it (0600). What cannot be collected is
 * left out and told, in the result and in `errors.txt`. Secret resources are redacted, and so is what looks
 * like a secret in everything else. Nodes are only read from.
 *
 * @example
 * ```ts
 * const { failures } = await supportBundle(talos, './support.zip');
 * ```
 * @param target the client, or one node
 * @param file the file to write
 * @throws {TalosConfigError} when the file is there, a recipient is none, or `age-encryption` is missing
 * @throws {TalosOperationError} when nobody knows the nodes, the file cannot be written, or after
 * `timeoutMs` (default: 1800000, half an hour)
 */
export async function supportBundle(
  target: Target,
  file: string,
  options: SupportBundleOptions = {},
  parts?: ReconnectParts,
): Promise<SupportBundle> {
  checkOptions(options, shape, 'supportBundle');
  checkTarget(target);
  const { nodes: named, kubernetes, recipients = [], overwrite = false } = options;
  if (named?.length === 0) throw refused('nodes', 'expected at least one address');
  const given = [...new Set(named)].map((address) => otherNode(target, address));
  const path = await checkFile(file, overwrite);
  // A recipient that is none is told before anybody is asked.
  const encrypt = recipients.length === 0 ? undefined : await encrypting(recipients);
  const setup = { name: 'supportBundle', target, options, defaultTimeoutMs: 30 * 60_000, parts };
  return runOperation<SupportBundleStep, SupportBundle>(setup, async (operation) => {
    operation.begin('find nodes');
    const nodes = given.length > 0 ? given : await findNodes(operation, target);
    const bundled: Bundled = await writeBundle(operation, {
      target,
      path,
      nodes,
      kubernetes,
      encrypt,
    });
    return { path, nodes: nodes.map(({ address }) => address), ...bundled };
  });
}

async function checkFile(file: string, overwrite: boolean): Promise<string> {
  if (typeof file !== 'string' || file === '') throw refused('file', 'expected a path');
  const path = resolve(file);
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile()) throw refused('file', `${path} is no ordinary file`);
  if (found !== undefined && !overwrite) {
    throw refused('file', `${path} is there already; overwrite: true replaces it`);
  }
  return path;
}

function refused(field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`supportBundle: ${field}: ${problem}`, { field });
}

async function findNodes(
  operation: Operation<SupportBundleStep>,
  target: Target,
): Promise<readonly TalosNode[]> {
  if (target.address !== undefined) return [otherNode(target, target.address)];
  const { signal } = operation;
  const members = await readMembers(target, { signal });
  const addresses = members.flatMap(({ addresses: [first] }) => first ?? []);
  if (addresses.length === 0) {
    throw operation.failure('the cluster knows no members', { hint: 'name the nodes: nodes: […]' });
  }
  return addresses.map((address) => otherNode(target, address));
}
