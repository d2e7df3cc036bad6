import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { adminKubeconfig, controlPlanesOf } from './admin-kubeconfig.js';
import type { KubernetesApi, KubernetesCall } from './api.js';
import { isFinalRefusal } from './api-error.js';
import { HttpApi } from './http/http-api.js';
import { credentialsOf } from './kubeconfig-credentials.js';
import { serversOf } from './servers-of.js';

/** How long a request to the Kubernetes API may take, over all its servers. */
const REQUEST_MS = 30_000;
/** How long to wait until a request that no server answered is made again. */
const EVERY_MS = 2_000;

/**
 * Runs `run` with a client of the Kubernetes API: the given one, or else one from a kubeconfig that a
 * control plane makes.
 */
export async function withKubernetes<Step extends string, Result>(
  operation: Operation<Step>,
  target: Target,
  given: KubernetesApi | undefined,
  run: (api: KubernetesApi) => Promise<Result>,
): Promise<Result> {
  if (given !== undefined) return run(given);
  const api = await openKubernetes(operation, target);
  try {
    return await run(api);
  } finally {
    api.close();
  }
}

/** A client of the Kubernetes API as `withKubernetes` makes it. Close it in the end. */
export async function openKubernetes<Step extends string>(
  operation: Operation<Step>,
  target: Target,
): Promise<HttpApi> {
  const controlPlanes = await controlPlanesOf(target, operation.signal);
  const kubeconfig = await adminKubeconfig(operation, target, controlPlanes);
  const { server, ...identity } = credentialsOf(kubeconfig);
  return new HttpApi({ servers: serversOf(server, controlPlanes), ...identity });
}

/**
 * Makes a request to the Kubernetes API, again and again while no server answers it, until one refuses
 * it or the operation ends.
 */
export function askKubernetes<Step extends string, Result>(
  operation: Operation<Step>,
  request: (call: KubernetesCall) => Promise<Result>,
): Promise<Result> {
  const what = 'the Kubernetes API to answer';
  return poll(
    operation,
    { what, everyMs: EVERY_MS, attemptMs: REQUEST_MS, isFinal: isFinalRefusal },
    async (call) => ({ found: await request(call) }),
  );
}

/** How one request that is not repeated by itself is made. */
export function callOf<Step extends string>({ signal }: Operation<Step>): KubernetesCall {
  return { signal, timeoutMs: REQUEST_MS };
}
