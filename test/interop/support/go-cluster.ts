import { inject } from 'vitest';
import {
  type ConnectOptions,
  createTalosClient,
  type TalosClient,
} from '../../../src/runtime/client.js';
import { mtls } from '../../../src/runtime/credentials/index.js';
import { Peer } from './peer.js';
import type { Plain } from './plain.js';
import { protoFolder } from './toolchain.js';

/** How to reach a node of the Go cluster. */
export interface GoNode {
  readonly name: string;
  readonly address: string;
  readonly role: 'controlplane' | 'worker' | 'maintenance';
  readonly endpoint: string;
  readonly fingerprint: string;
}

/** What a node saw of a call. */
export interface SeenCall {
  readonly node: string;
  readonly method: string;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  readonly roles: readonly string[];
  readonly timeoutMs?: number;
  readonly requests?: readonly string[];
  readonly received: number;
  readonly sent: number;
  /** The status it ended with; empty while it runs. */
  readonly outcome: string;
}

/** A kind that a node was given resources of, called `sample-0` and so on. */
export interface MadeKind {
  readonly type: string;
  readonly namespace: string;
  /** The resources as talosctl prints them. */
  readonly yaml: readonly string[];
}

interface Description {
  readonly nodes: readonly GoNode[];
  readonly trust: { readonly endpoint: string; readonly token: string };
}

interface Pems {
  readonly ca: string;
  readonly crt: string;
  readonly key: string;
}

/** An encoded message and what the official code reads in it. */
export interface Shown {
  readonly type: string;
  readonly bytes: string;
  readonly value: Plain;
}

interface IssueOptions {
  readonly lifeMs?: number;
  /** Makes a certificate that apid refuses: for servers too, or from another authority. */
  readonly flaw?: 'server' | 'stranger';
}

/** A cluster served by official code, in a process of its own. */
export class GoCluster implements AsyncDisposable {
  readonly nodes: readonly GoNode[];
  readonly trust: Description['trust'];
  readonly #peer: Peer;
  readonly #clients: TalosClient[] = [];

  private constructor(peer: Peer, { nodes, trust }: Description) {
    this.#peer = peer;
    this.nodes = nodes;
    this.trust = trust;
  }

  /** @param options.netHttp has net/http speak HTTP/2, and not grpc-go */
  static async start({ netHttp = false } = {}): Promise<GoCluster> {
    const args = ['server', '--proto', protoFolder, ...(netHttp ? ['--net-http'] : [])];
    const peer = new Peer(inject('interopProgram'), args);
    return new GoCluster(peer, (await peer.greeting) as Description);
  }

  /** The node called `name`. */
  node(name: string): GoNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node called ${name}`);
    return found;
  }

  /** A client with a certificate for `roles`, for the endpoints of the nodes named. */
  async client({
    roles = ['os:admin'],
    through = ['cp-1'],
    ...options
  }: Partial<ConnectOptions> & {
    readonly roles?: readonly string[];
    readonly through?: readonly string[];
  } = {}): Promise<TalosClient> {
    const { ca, crt, key } = await this.issue(roles);
    const client = createTalosClient({
      endpoints: through.map((name) => this.node(name).endpoint),
      credentials: mtls({ ca, cert: crt, key }),
      proxy: 'direct',
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** A client certificate for `roles`, made by the official code. */
  issue(roles: readonly string[], { lifeMs = 3_600_000, flaw }: IssueOptions = {}): Promise<Pems> {
    return this.do('issue', { roles, lifeMs, text: flaw });
  }

  /**
   * Waits until nodes saw `count` calls of a method that ended so: with a status by its name in Go,
   * with any (`ended`), or not yet (`open`).
   */
  awaitCalls(method: string, outcome: string, count = 1): Promise<readonly SeenCall[]> {
    return this.do('await', { method: `/${method}`, outcome, count });
  }

  /** What nodes saw of the calls of a method. */
  calls(method: string): Promise<readonly SeenCall[]> {
    return this.do('calls', { method: `/${method}` });
  }

  /** Forgets the calls that nodes saw. */
  clear(): Promise<void> {
    return this.do('clear', {});
  }

  /** A random request of a method. */
  request(method: string, seed: number): Promise<Shown> {
    return this.do('request', { method, seed });
  }

  /** What a method answers when it is asked for a random reply. */
  reply(method: string, seed: number): Promise<Shown> {
    return this.do('reply', { method, seed });
  }

  /** What the official code reads in an encoded message. */
  read(type: string, bytes: string): Promise<Shown> {
    return this.do('read', { name: type, bytes });
  }

  /** Gives a node a new server certificate, and tells its fingerprint. */
  async renew(node: string): Promise<string> {
    return (await this.do<{ fingerprint: string }>('renew', { node })).fingerprint;
  }

  /** Ends the API of a node: calls in flight may end if it is graceful. */
  stop(node: string, { graceful = false } = {}): Promise<void> {
    return this.do('stop', { node, flag: graceful });
  }

  /** Serves the API of a node again, at the same endpoint. */
  serve(node: string): Promise<void> {
    return this.do('start', { node });
  }

  /** Makes a node publish an event about its stage. */
  publishStage(node: string, stage: string, ready: boolean): Promise<void> {
    return this.do('stage', { node, text: stage, flag: ready });
  }

  /** Makes or changes a Member resource on a node. */
  setMember(node: string, name: string, hostname: string): Promise<void> {
    return this.do('member', { node, name, text: hostname });
  }

  /** Tears a Member resource down and destroys it. */
  removeMember(node: string, name: string): Promise<void> {
    return this.do('removeMember', { node, name });
  }

  /** Makes many Member resources. */
  crowd(node: string, count: number): Promise<void> {
    return this.do('crowd', { node, count });
  }

  /** Gives a node resources of the types that the official code has, with random specs. */
  setKinds(
    node: string,
    types: readonly string[],
    count: number,
    seed: number,
  ): Promise<readonly MadeKind[]> {
    return this.do('kinds', { node, types, count, seed });
  }

  /** Has the official code write a talosconfig, to `path` if given, and gives its text. */
  talosconfig(
    current: string,
    contexts: readonly Readonly<Record<string, unknown>>[],
    path?: string,
  ): Promise<string> {
    return this.do('talosconfig', { name: current, contexts, path });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#peer[Symbol.asyncDispose]();
  }

  /** Has the Go program carry out a command. */
  async do<T>(name: string, more: Readonly<Record<string, unknown>>): Promise<T> {
    return (await this.#peer.do({ do: name, ...more }).ended) as T;
  }
}
