import type { Target } from '../../runtime/target.js';
import { withKubernetes } from '../kubernetes/connect.js';
import type { Operation } from '../run/operation.js';
import type { DrainOptions } from './options.js';

/**
 * Runs `run` with the options by which each of many nodes is drained: all with one client of the
 * Kubernetes API, so that one kubeconfig is made and not one for each.
 */
export async function withDraining<Step extends string, Result>(
  operation: Operation<Step | 'connect'>,
  [first]: readonly Target[],
  {
    drain,
    drainTimeoutMs,
    kubernetes,
    dryRun,
  }: DrainOptions & { readonly dryRun?: boolean | undefined },
  run: (draining: DrainOptions) => Promise<Result>,
): Promise<Result> {
  if (drain === 'never' || dryRun === true || first === undefined) {
    return run({ drain, drainTimeoutMs, kubernetes });
  }
  operation.begin('connect');
  return withKubernetes(operation, first, kubernetes, (api) =>
    run({ drain, drainTimeoutMs, kubernetes: api }),
  );
}
