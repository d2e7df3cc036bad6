import type { Credentials } from 'talos-client';
import type { Daemon } from '../apid/serve.js';
import type { Cluster, Machine } from '../base/machine.js';
import type { ClientFlaw } from '../base/pki/client-certificates.js';
import { talosconfigFields } from '../base/pki/index.js';
import { talosconfigText } from '../base/pki/talosconfig.js';
import { isServing } from '../kubernetes-api/serving.js';
import { ClientCredentials } from './client-credentials.js';
import { KubernetesPort } from './kubernetes-port.js';
import { TlsEndpoint } from './tls-endpoint.js';

interface OpenedPorts {
  readonly apid: ReadonlyMap<Machine, TlsEndpoint>;
  readonly trustd: ReadonlyMap<Machine, TlsEndpoint>;
  readonly kubernetes: ReadonlyMap<Machine, KubernetesPort>;
  readonly talosconfigFor: (roles: readonly string[]) => Promise<string>;
}

/**
 * The sockets of a cluster, on loopback: a port for apid of each node, and one each for trustd and the
 * Kubernetes API of each control plane.
 */
export class Ports {
  /** A talosconfig for an admin; its endpoints are the nodes that are control planes, or will be. */
  readonly talosconfig: string;
  /** The same for somebody with other roles. */
  readonly talosconfigFor: (roles: readonly string[]) => Promise<string>;
  readonly #cluster: Cluster;
  readonly #apid: ReadonlyMap<Machine, TlsEndpoint>;
  readonly #trustd: ReadonlyMap<Machine, TlsEndpoint>;

  readonly #kubernetes: ReadonlyMap<Machine, KubernetesPort>;

  private constructor(cluster: Cluster, opened: OpenedPorts, talosconfig: string) {
    this.#cluster = cluster;
    this.#apid = opened.apid;
    this.#trustd = opened.trustd;
    this.#kubernetes = opened.kubernetes;
    this.talosconfigFor = opened.talosconfigFor;
    this.talosconfig = talosconfig;
  }

  /**
   * Opens the ports of a cluster. Any node of `entries` may become a control plane; those of
   * `endpoints` are meant to.
   */
  static async open(
    cluster: Cluster,
    entries: readonly Machine[],
    endpoints: readonly Machine[],
  ): Promise<Ports> {
    const open = (machines: readonly Machine[], daemon: Daemon) =>
      new Map(machines.map((machine) => [machine, new TlsEndpoint(machine, daemon)] as const));
    const apid = open(cluster.machines, 'apid');
    const trustd = open(entries, 'trustd');
    const all = [...apid.values(), ...trustd.values()];
    const talosconfigFor = async (roles: readonly string[]): Promise<string> => {
      const { pki, name, machines } = cluster;
      return talosconfigText({
        context: name,
        endpoints: endpoints.map((machine) => (apid.get(machine) as TlsEndpoint).address),
        nodes: machines.map(({ address }) => address),
        fields: talosconfigFields(await pki.ca(), await pki.client(...roles)),
      });
    };
    const kubernetes = new Map<Machine, KubernetesPort>();
    try {
      await Promise.all(all.map((port) => port.listen()));
      for (const machine of entries) {
        const port = await KubernetesPort.open(machine.address);
        kubernetes.set(machine, port);
        port.serve(() => (isServing(machine) ? machine : undefined));
      }
      const talosconfig = await talosconfigFor(['os:admin']);
      return new Ports(cluster, { apid, trustd, kubernetes, talosconfigFor }, talosconfig);
    } catch (error) {
      await Promise.all([...all, ...kubernetes.values()].map((port) => port.close()));
      throw error;
    }
  }

  /** The port of a node's apid. */
  of(machine: Machine): TlsEndpoint {
    return this.#apid.get(machine) as TlsEndpoint;
  }

  /**
   * Where clients reach the API server of one node, as `https://127.0.0.1:41234`; absent when it was no
   * control plane when the cluster began.
   */
  kubernetesOf(machine: Machine): string | undefined {
    return this.#kubernetes.get(machine)?.url;
  }

  /** Has connections from now on get a new certificate of the node. */
  renew(machine: Machine): void {
    for (const port of this.#portsOf(machine)) port.certificate.renew();
  }

  /** Tears down every connection to the node. */
  drop(machine: Machine): void {
    for (const port of this.#portsOf(machine)) port.drop();
  }

  #portsOf(machine: Machine): readonly TlsEndpoint[] {
    return [this.#apid.get(machine), this.#trustd.get(machine)].filter(
      (port) => port !== undefined,
    );
  }

  /**
   * How a client of the library reaches trustd of some of the nodes. There is no client
   * certificate: calls carry a token.
   *
   * @throws {RangeError} when a node was no control plane when the cluster began.
   */
  trustdConnection(entries: readonly Machine[]): {
    readonly endpoints: readonly string[];
    readonly credentials: Credentials;
  } {
    return {
      endpoints: entries.map((machine) => {
        const port = this.#trustd.get(machine);
        if (port === undefined) throw new RangeError(`${machine.name} has no port for trustd`);
        return port.address;
      }),
      credentials: new ClientCredentials({
        pki: this.#cluster.pki,
        certificate: undefined,
        fingerprint: () => undefined,
      }),
    };
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
    const all = [this.#apid, this.#trustd, this.#kubernetes].flatMap((ports) => [
      ...ports.values(),
    ]);
    await Promise.all(all.map((port) => port.close()));
  }
}
