import type { CallMetadata } from '../base/calls/context.js';
import { ServerStatus } from '../base/calls/status.js';
import { supports } from '../base/versions.js';

/** Where a call goes from the node that took it. */
export type Route =
  | { readonly kind: 'local' }
  | { readonly kind: 'one'; readonly target: string }
  | { readonly kind: 'many'; readonly targets: readonly string[] };

/** What the decision depends on. */
export interface Router {
  /** Whether the node ignores routing altogether, as it does in maintenance. */
  readonly routingDisabled: boolean;
  /** Whether it has a client certificate to reach others with; workers have none. */
  readonly canForward: boolean;
  /** Whether a target means the node itself. */
  readonly isOwn: (target: string) => boolean;
  readonly talosVersion: string;
}

const local: Route = { kind: 'local' };

/**
 * Decides where a call goes. The order of the checks is that of Talos' apid.
 *
 * @throws {ServerStatus} `invalid-argument` for several `node` values, or for `nodes` with a service
 * that does not take it.
 */
export function decideRoute(path: string, metadata: CallMetadata, router: Router): Route {
  if (router.routingDisabled || metadata.size === 0 || metadata.has('proxyfrom')) return local;
  let node = metadata.get('node');
  let nodes = metadata.get('nodes');
  if (node !== undefined && node.length !== 1) {
    throw new ServerStatus('invalid-argument', 'node metadata must be single-valued');
  }
  if (!router.canForward) {
    // Without a certificate for other nodes, only what means this node itself can be served.
    if (node !== undefined && router.isOwn(String(node[0]))) node = undefined;
    if (nodes?.length === 1 && router.isOwn(String(nodes[0]))) nodes = undefined;
  }
  if (nodes !== undefined) {
    checkTakesNodes(path, router.talosVersion);
    return { kind: 'many', targets: nodes.map(String) };
  }
  if (node !== undefined) return { kind: 'one', target: String(node[0]) };
  return local;
}

/** Services that fan out; newer ones do not. */
const aggregating =
  /^\/(machine\.MachineService|cluster\.ClusterService|inspect\.InspectService|storage\.StorageService|time\.TimeService)\//;

/** Up to Talos 1.12 only the resource API refused `nodes`; then the list of services came. */
function checkTakesNodes(path: string, talosVersion: string): void {
  const listed = supports(talosVersion, '1.13');
  if (listed ? aggregating.test(path) : !path.startsWith('/cosi.')) return;
  const what = listed ? `method ${path}` : 'COSI methods';
  throw new ServerStatus('invalid-argument', `one-2-many proxying is not supported for ${what}`);
}
