import { it } from 'vitest';
import { parse } from 'yaml';
import { resources } from '../../generated/features/resources.js';
import { system } from '../../generated/features/system.js';
import { createTalosClient, type TalosClient } from '../../src/runtime/client.js';
import { unwrapAll } from '../../src/runtime/fan-out.js';
import { type AnyMethod, rpcName } from '../../src/runtime/method.js';
import type { TalosNode } from '../../src/runtime/target.js';
import { loadTalosconfig } from '../../src/talosconfig/index.js';
import { supports } from '../../testkit/src/base/versions.js';

/** A node of the cluster, and what decides which RPCs it has. */
export interface LiveNode {
  readonly node: TalosNode;
  readonly isControlPlane: boolean;
  readonly version: string;
  /** Whether it is a container, which has no disks and no kernel of its own. */
  readonly isContainer: boolean;
}

/** The cluster that the suite looks at. */
export interface LiveCluster {
  readonly talos: TalosClient;
  readonly nodes: readonly LiveNode[];
  readonly roles: readonly string[];
}

/** Connects to the cluster of `TALOSCONFIG`, and finds its nodes. */
export async function liveCluster(): Promise<LiveCluster> {
  const { TALOSCONFIG: path, TALOS_LIVE_CONTEXT, TALOS_LIVE_NODES } = process.env;
  if (path === undefined) throw new Error('TALOSCONFIG is not set: use npm run test:live');
  const options = await loadTalosconfig({ path, context: TALOS_LIVE_CONTEXT || undefined });
  const talos = createTalosClient(options);
  const types = new Map<string, string>();
  for await (const { resource } of resources(talos).list({
    namespace: 'cluster',
    type: 'Members.cluster.talos.dev',
  })) {
    const spec = parse(resource?.spec?.yamlSpec ?? '') as {
      addresses: readonly string[];
      machineType: string;
    };
    for (const address of spec.addresses) types.set(address, spec.machineType);
  }
  const named = TALOS_LIVE_NODES?.split(',').filter((node) => node !== '') ?? [];
  const configured = named.length > 0 ? named : options.nodes;
  const addresses = configured.length > 0 ? configured : [...types.keys()];
  if (addresses.length === 0) throw new Error('no nodes: give --nodes A,B');
  const nodes = await Promise.all(
    addresses.map(async (address): Promise<LiveNode> => {
      const node = talos.node(address);
      const { version, platform } = await system(node).version();
      return {
        node,
        isControlPlane: types.get(address) === 'controlplane',
        version: version?.tag ?? '',
        isContainer: platform?.mode === 'container',
      };
    }),
  );
  return { talos, nodes, roles: talos.certificate?.roles ?? [] };
}

/** Where a check makes sense. */
export interface CheckOptions {
  /** Whether nodes that are containers can answer. Default: yes. */
  readonly inContainers?: boolean;
  /** The roles of which one is needed, where that is not what the RPC asks for. */
  readonly roles?: readonly string[];
}

/** Registers checks of RPCs, and remembers which RPCs have one. */
export class Checks {
  readonly checked = new Set<string>();
  readonly #cluster: LiveCluster;

  constructor(cluster: LiveCluster) {
    this.#cluster = cluster;
  }

  /**
   * A test that runs on every node that has the RPC. Skipped with a reason when there is none, or
   * when the caller's roles do not allow it.
   */
  check(
    method: AnyMethod,
    what: string,
    run: (node: TalosNode, facts: LiveNode) => Promise<void>,
    { inContainers = true, roles: needed = method.roles }: CheckOptions = {},
  ): void {
    const { talos, nodes, roles } = this.#cluster;
    this.checked.add(rpcName(method));
    const fit = nodes.filter(
      ({ isControlPlane, version, isContainer }) =>
        supports(version, method.since) &&
        (isControlPlane || method.controlPlane !== true) &&
        (inContainers || !isContainer),
    );
    it(`${rpcName(method)} ${what}`, async (context) => {
      if (!needed.some((role) => roles.includes(role))) {
        context.skip(`the certificate has ${roles.join(', ')}; needed: ${needed.join(' or ')}`);
      }
      if (fit.length === 0) context.skip('no node of this cluster has it');
      const results = await talos
        .nodes(fit.map(({ node }) => node.address))
        .each((node) =>
          run(node, fit.find((own) => own.node.address === node.address) as LiveNode),
        );
      // The failure of one node is told best by itself, those of many with their names.
      const failures = results.filter((result) => !result.ok);
      if (failures.length === 1 && failures[0]?.ok === false) throw failures[0].error;
      unwrapAll(results);
    });
  }
}
