import type { LookedAtCluster } from './clusters.js';
import type { OperationRuns, Order } from './operation-runs.js';
import type { Actions } from './protocol.js';
import { Refused } from './refused.js';

/**
 * Does what the page asks for. `body` is what came over the network: anything.
 *
 * @throws {Refused}
 */
export function act(
  name: string,
  body: unknown,
  cluster: LookedAtCluster,
  runs: OperationRuns,
): void {
  if (!isAction(name)) throw new Refused(404, `there is no action ${name}`);
  if (!cluster.mayAct) {
    throw new Refused(403, 'this console only looks: start it with --allow-actions');
  }
  const given = fieldsOf(body, FIELDS[name]);
  switch (name) {
    case 'stop':
      runs.stop();
      break;
    case 'cut':
    case 'connect': {
      const change = cluster[name];
      if (change === undefined) throw new Refused(403, 'only simulated nodes can be cut off');
      change(knownNode(cluster, given.node));
      break;
    }
    default: {
      if (runs.isRunning) throw new Refused(409, 'another operation is under way');
      const nodes = cluster.talos.nodes(knownNodes(cluster, given.nodes));
      runs.start(name === 'reboot' ? { operation: name } : upgradeTo(given.image), nodes);
    }
  }
}

function upgradeTo(image: unknown): Order {
  if (typeof image === 'string' && image !== '') return { operation: 'upgrade', image };
  throw new Refused(400, 'image: name the installer');
}

/** The actions with the fields of their bodies. */
const FIELDS: { readonly [Name in keyof Actions]: readonly (keyof Actions[Name] & string)[] } = {
  reboot: ['nodes'],
  upgrade: ['nodes', 'image'],
  stop: [],
  cut: ['node'],
  connect: ['node'],
};

function isAction(name: string): name is keyof Actions {
  return Object.hasOwn(FIELDS, name);
}

function fieldsOf(body: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refused(400, 'expected an object');
  }
  const unknown = Object.keys(body).find((key) => !names.includes(key));
  if (unknown !== undefined) throw new Refused(400, `there is no field ${unknown}`);
  return body as Record<string, unknown>;
}

function knownNodes(cluster: LookedAtCluster, nodes: unknown): readonly string[] {
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw new Refused(400, 'nodes: name at least one');
  }
  return nodes.map((node) => knownNode(cluster, node));
}

/** Nothing is called but the nodes that are shown. */
function knownNode({ nodes }: LookedAtCluster, node: unknown): string {
  if (typeof node === 'string' && nodes.addresses.includes(node)) return node;
  throw new Refused(400, 'node: name one that is shown, by its address');
}
