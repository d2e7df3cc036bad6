import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions } from '../../runtime/arguments/options.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { adminKubeconfig, controlPlanesOf } from '../kubernetes/admin-kubeconfig.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';

/** The steps of `kubeconfig`. */
export type KubeconfigStep = 'find control planes' | 'make kubeconfig';

/**
 * A new kubeconfig of an admin of the cluster, as YAML text. Every call makes another client
 * certificate with all rights in Kubernetes, valid for a year unless the configuration of the node says
 * otherwise: keep the text, and show it to nobody. `mergeKubeconfig` puts it into a file.
 *
 * The target may be any node of the cluster. A worker makes no kubeconfigs, so that a control plane is
 * asked which it knows. Needs `os:admin`.
 *
 * @throws {TalosOperationError} when no control plane makes one within `timeoutMs` (default: 60000)
 */
export async function kubeconfig(
  target: Target,
  options: OperationOptions<KubeconfigStep> = {},
  parts?: ReconnectParts,
): Promise<string> {
  checkOptions(options, operationShape, 'kubeconfig');
  const setup = { target: checkTarget(target), options, defaultTimeoutMs: 60_000, parts };
  return runOperation({ ...setup, name: 'kubeconfig' }, async (operation) => {
    operation.begin('find control planes');
    const controlPlanes = await controlPlanesOf(target, operation.signal);
    operation.begin('make kubeconfig');
    return adminKubeconfig(operation, target, controlPlanes);
  });
}
