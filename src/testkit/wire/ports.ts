import type { Credentials } from '../../runtime/credentials/credentials.js';
import type { ClientFlaw } from '../client-certificates.js';
import type { SimulatedCluster } from '../cluster.js';
import type { Machine } from '../machine/machine.js';
import { talosconfigFields } from '../pki/index.js';
import { talosconfigText } from '../talosconfig.js';
import { ClientCredentials } from './client-credentials.js';
import { TlsEndpoint } from './tls-endpoint.js';

/** The sockets of a cluster: one port on loopback for each node. */
export class Ports {
  /** A talosconfig for an admin; its endpoints are those of when the cluster began. */
  readonly talosconfig: string;
  readonly #cluster: SimulatedCluster;
  readonly #endpoints: ReadonlyMap<Machine, TlsEndpoint>;

  private constructor(
    cluster: SimulatedCluster,
    endpoints: ReadonlyMap<Machine, TlsEndpoint>,
    talosconfig: string,
  ) {
    this.#cluster = cluster;
    this.#endpoints = endpoints;
    this.talosconfig = talosconfig;
  }

  /** Opens a port for each node of a cluster. */
  static async open(cluster: SimulatedCluster, entries: readonly Machine[]): Promise<Ports> {
    const endpoints = new Map(
      cluster.machines.map((machine) => [machine, new TlsEndpoint(machine)] as const),
    );
    await Promise.all([...endpoints.values()].map((endpoint) => endpoint.listen()));
    const { pki, name, machines } = cluster;
    const talosconfig = talosconfigText({
      context: name,
      endpoints: entries.map((machine) => (endpoints.get(machine) as TlsEndpoint).address),
      nodes: machines.map(({ address }) => address),
      fields: talosconfigFields(await pki.ca(), await pki.client('os:admin')),
    });
    return new Ports(cluster, endpoints, talosconfig);
  }

  /** The port of a node. */
  of(machine: Machine): TlsEndpoint {
    return this.#endpoints.get(machine) as TlsEndpoint;
  }

  /** How a client of the library reaches some of the nodes, with a certificate for its roles. */
  connection(
    entries: readonly Machine[],
    roles: readonly string[],
    flaw: ClientFlaw | undefined,
  ): { readonly endpoints: readonly string[]; readonly credentials: Credentials } {
    const { pki } = this.#cluster;
    return {
      endpoints: entries.map((machine) => this.of(machine).address),
      credentials: new ClientCredentials({
        pki,
        certificate: () => (flaw === undefined ? pki.client(...roles) : pki.flawed(flaw)),
        fingerprint: (address) => {
          const entry = entries.find((machine) => this.of(machine).address === address);
          return entry?.inMaintenance === true ? this.of(entry).fingerprint() : undefined;
        },
      }),
    };
  }

  /** Gives all ports up. */
  async close(): Promise<void> {
    await Promise.all([...this.#endpoints.values()].map((endpoint) => endpoint.close()));
  }
}
