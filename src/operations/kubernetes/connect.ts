import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { adminKubeconfig, type ControlPlane, controlPlanesOf } from './admin-kubeconfig.js';
import type { KubernetesApi, KubernetesCall } from './api.js';
import { isFinalRefusal } from './api-error.js';
import { HttpApi } from './http/http-api.js';
import { credentialsOf } from './kubeconfig-credentials.js';

/** How long a request to the Kubernetes API may take, over all its servers. */
const REQUEST_MS = 30_000;
/** How long to wait until a request that no server answered is made again. */
const EVERY_MS = 2_000;

/**
 * Runs `run` with a client of the Kubernetes API: the given one, or else one from a kubeconfig that a
 * control plane makes. The servers of that are the cluster endpoint, and then the control planes
 * themselves: the endpoint may be a virtual IP of the very node that is about to go.
 */
export async function withKubernetes<Step extends string, Result>(
  operation: Operation<Step>,
  target: Target,
  given: KubernetesApi | undefined,
  run: (api: KubernetesApi) => Promise<Result>,
): Promise<Result> {
  if (given !== undefined) return run(given);
  const controlPlanes = await controlPlanesOf(target, operation.signal);
  const kubeconfig = await adminKubeconfig(operation, target, controlPlanes);
  const { server, ...identity } = credentialsOf(kubeconfig);
  const servers = [server, ...controlPlanes.map(urlOf)];
  const unique = [...new Map(servers.map((url) => [url.host, url])).values()];
  const api = new HttpApi({ servers: unique, ...identity });
  try {
    return await run(api);
  } finally {
    api.close();
  }
}

function urlOf({ address, port }: ControlPlane): URL {
  return new URL(`https://${address.includes(':') ? `[${address}]` : address}:${port}`);
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
