import { createTalosClient, type NodeSet, type TalosClient } from 'talos-client';
import { discoverNodes } from 'talos-client/operations/discover-nodes';
import {
  clientOptions,
  loadTalosconfig,
  parseTalosconfig,
  readTalosconfig,
} from 'talos-client/talosconfig';
import type { SimulatedCluster } from 'talos-client-testkit';
import type { ClusterView } from './protocol.js';

/** The cluster that the console shows. */
export interface LookedAtCluster extends ClusterView, AsyncDisposable {
  readonly talos: TalosClient;
  readonly nodes: NodeSet;
  /** Cuts a node off from everybody, and connects it again; absent for nodes that are real. */
  readonly cut?: ((address: string) => void) | undefined;
  readonly connect?: ((address: string) => void) | undefined;
}

/** Simulated machines. They are reached through their sockets, as real ones; only cutting is not. */
export function simulated(machines: SimulatedCluster): LookedAtCluster {
  const context = parseTalosconfig(machines.talosconfig).context();
  const talos = createTalosClient(clientOptions(context));
  return {
    name: machines.name,
    isSimulated: true,
    mayAct: true,
    image: 'ghcr.io/siderolabs/installer:v1.14.1',
    talos,
    nodes: talos.nodes(),
    cut: (address) => machines.node(address).disconnect(),
    connect: (address) => machines.node(address).connect(),
    async [Symbol.asyncDispose]() {
      await talos.close();
    },
  };
}

/** Which cluster, and whether anything may be done there. */
export interface ExistingCluster {
  readonly talosconfig: string;
  /** Default: the current one. */
  readonly context: string | undefined;
  /** Default: those of the context, or all members if it has none. */
  readonly nodes: readonly string[] | undefined;
  readonly allowActions: boolean;
}

/** A cluster that exists. */
export async function existing({
  talosconfig: path,
  context,
  nodes: named,
  allowActions,
}: ExistingCluster): Promise<LookedAtCluster> {
  const options = await loadTalosconfig({ path, context });
  const { currentContext } = await readTalosconfig({ path });
  const talos = createTalosClient(options);
  try {
    const wanted = named ?? options.nodes;
    const addresses =
      wanted.length > 0 ? wanted : (await discoverNodes(talos)).map(({ address }) => address);
    return {
      name: context ?? currentContext ?? 'cluster',
      isSimulated: false,
      mayAct: allowActions,
      image: '',
      talos,
      nodes: talos.nodes(addresses),
      async [Symbol.asyncDispose]() {
        await talos.close();
      },
    };
  } catch (error) {
    await talos.close();
    throw error;
  }
}
