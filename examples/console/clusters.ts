import { createTalosClient, type NodeSet, type TalosClient } from 'talos-client';
import { discoverNodes } from 'talos-client/operations/discover-nodes';
import { clientOptions, parseTalosconfig, readTalosconfig } from 'talos-client/talosconfig';
import type { SimulatedCluster } from 'talos-client-testkit';
import type { ExistingCluster } from '../main-job/command-line.js';
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

/** A cluster that exists. */
export async function existing({
  talosconfig: path,
  context: name,
  nodes: named,
  allowActions,
}: ExistingCluster & { readonly allowActions: boolean }): Promise<LookedAtCluster> {
  const context = (await readTalosconfig({ path })).context(name);
  const options = clientOptions(context);
  const talos = createTalosClient(options);
  try {
    const wanted = named ?? options.nodes;
    const addresses =
      wanted.length > 0 ? wanted : (await discoverNodes(talos)).map(({ address }) => address);
    return {
      name: context.name,
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
