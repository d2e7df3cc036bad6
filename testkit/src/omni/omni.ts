import { createTalosClient, type TalosClient, TalosConfigError } from 'talos-client';
import { createSigningKey, type NewSigningKey, siderov1 } from 'talos-client/siderov1';
import { stringify } from 'yaml';
import { until } from '../base/time/until.js';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { Accounts, type OmniRole } from './accounts.js';
import { type OmniCall, OmniFront } from './front.js';
import { readPublicKey } from './public-key.js';
import { OmniServer } from './server.js';

/** A login that waits for somebody to confirm it. */
export interface OmniLogin {
  /** The address that the program shows. */
  readonly url: string;
  readonly identity: string;
  /** The fingerprint of the new key. */
  readonly fingerprint: string;
  /**
   * Does what the user does in a browser.
   *
   * @throws {RangeError} when Omni does not know the user
   */
  confirm(): void;
}

/** Who a client of Omni is, and what it calls. */
export interface OmniClientOptions {
  /** What the service account of the client may do. Default: `Admin`. */
  readonly role?: OmniRole;
  /** The cluster that calls are for. Default: the only one; with several, none. */
  readonly cluster?: string;
}

/** What a talosconfig of Omni says. */
export interface OmniTalosconfigOptions {
  /** The user whose key signs. */
  readonly identity: string;
  /** Default: `omni`. */
  readonly context?: string;
  /** Default: the only cluster; with several, none. */
  readonly cluster?: string;
}

/**
 * Starts an Omni in front of simulated clusters, on a port of loopback. It checks the signatures of
 * calls as Omni does, finds the cluster and the node that they name, and gives callers the roles that
 * Omni gives.
 *
 * @example
 * ```ts
 * await using cluster = await simulateCluster({ controlPlanes: 3, workers: 1 });
 * await using omni = await simulateOmni(cluster);
 * const talos = omni.client();
 * await system(talos.node('worker-1')).version();
 * ```
 */
export async function simulateOmni(
  ...clusters: readonly SimulatedCluster[]
): Promise<SimulatedOmni> {
  if (clusters.length === 0 || clusters.some((cluster) => cluster?.machines === undefined)) {
    throw new TalosConfigError('simulateOmni: pass the simulated clusters behind it', {
      field: 'clusters',
    });
  }
  const accounts = new Accounts();
  const front = new OmniFront(clusters, accounts);
  const server = await OmniServer.open((call, requests) => front.handle(call, requests));
  front.address = server.address;
  return new SimulatedOmni(clusters, accounts, front, server);
}

/** An Omni in this process, and everything a test wants to know of it. */
export class SimulatedOmni implements AsyncDisposable {
  /** Where clients connect, as `host:port`. */
  readonly endpoint: string;
  /** The certificate of the CA that clients have to trust, as PEM text. */
  readonly ca: string;
  readonly #clusters: readonly SimulatedCluster[];
  readonly #accounts: Accounts;
  readonly #front: OmniFront;
  readonly #server: OmniServer;
  readonly #clients = new Set<TalosClient>();
  #made = 0;

  /** @internal Use `simulateOmni`. */
  constructor(
    clusters: readonly SimulatedCluster[],
    accounts: Accounts,
    front: OmniFront,
    server: OmniServer,
  ) {
    this.#clusters = clusters;
    this.#accounts = accounts;
    this.#front = front;
    this.#server = server;
    this.endpoint = server.address;
    this.ca = server.ca;
  }

  /** The calls so far, also those that were refused. */
  get calls(): readonly OmniCall[] {
    return this.#front.calls;
  }

  /** How far Omni's clock is ahead of that of this machine, in milliseconds. */
  get clockSkewMs(): number {
    return this.#front.clockSkewMs;
  }

  set clockSkewMs(ms: number) {
    this.#front.clockSkewMs = ms;
  }

  /** Makes a user known, or changes what they may do. */
  addUser(identity: string, role: OmniRole = 'Admin'): void {
    this.#accounts.setRole(identity, role);
  }

  /** A service account with a new key, which lasts for a day unless told otherwise. */
  serviceAccount({
    name = `sa-${++this.#made}`,
    role = 'Admin',
    lifetimeSeconds = 86_400,
  }: {
    readonly name?: string;
    readonly role?: OmniRole;
    readonly lifetimeSeconds?: number;
  } = {}): NewSigningKey {
    const identity = `${name}@serviceaccount.omni.sidero.dev`;
    const key = createSigningKey({ identity, lifetimeSeconds });
    this.#accounts.setRole(identity, role);
    this.#accounts.register(readPublicKey(key.publicKey), identity, true);
    return key;
  }

  /** A client with a service account of its own. Closed with Omni. */
  client({ role = 'Admin', cluster = this.#onlyCluster }: OmniClientOptions = {}): TalosClient {
    const serviceAccountKey = this.serviceAccount({ role }).serviceAccountKey();
    const client = createTalosClient({
      endpoints: [this.endpoint],
      credentials: siderov1({ serviceAccountKey, ca: this.ca }),
      cluster,
    });
    this.#clients.add(client);
    return client;
  }

  /** A talosconfig as Omni gives it out, with the CA of this Omni. */
  talosconfig(options: OmniTalosconfigOptions): string {
    const { identity, context = 'omni', cluster = this.#onlyCluster } = options;
    const settings = {
      endpoints: [this.endpoint],
      ca: Buffer.from(this.ca).toString('base64'),
      auth: { siderov1: { identity } },
      ...(cluster !== undefined && { cluster }),
    };
    return stringify({ context, contexts: { [context]: settings } }, { lineWidth: 0 });
  }

  get #onlyCluster(): string | undefined {
    const [first, ...rest] = this.#clusters;
    return rest.length === 0 ? first?.name : undefined;
  }

  /** Waits for the next login that was not handed out yet. */
  async nextLogin(signal?: AbortSignal): Promise<OmniLogin> {
    const { fingerprint, identity } = await until(
      () => this.#front.logins.shift(),
      (again) => this.#accounts.onChange(again),
      signal,
    );
    return {
      url: this.#front.urlOf(fingerprint),
      identity,
      fingerprint,
      confirm: () => this.confirm(fingerprint),
    };
  }

  /**
   * Confirms a key, by its fingerprint or by the address of the login.
   *
   * @throws {RangeError} when there is no such key, or Omni does not know its user
   */
  confirm(fingerprintOrUrl: string): void {
    const fingerprint = fingerprintOrUrl.slice(-40);
    const registered = this.#accounts.find(fingerprint);
    if (registered === undefined) throw new RangeError(`no key ${fingerprint} was registered`);
    if (this.#accounts.roleOf(registered.identity) === undefined) {
      throw new RangeError(`Omni knows no ${registered.identity}: addUser first`);
    }
    registered.confirmed = true;
    this.#accounts.changed();
  }

  /** Makes a key no longer count. Says whether it was known. */
  revoke(fingerprint: string): boolean {
    return this.#accounts.revoke(fingerprint);
  }

  /** Tears down every connection; new ones are taken. */
  drop(): void {
    this.#server.drop();
  }

  /** Closes its clients and gives the port up. The clusters stay. */
  async close(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    this.#clients.clear();
    await this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
