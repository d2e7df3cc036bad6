import { inject } from 'vitest';
import { Peer } from './peer.js';

/** An error as the official client reports it. */
export class GoFailure extends Error {
  override readonly name = 'GoFailure';
  /** The status by its name in Go, such as `PermissionDenied`; `Unknown` for any other error. */
  readonly code: string;
  readonly details: readonly string[];
  /** The errors of single nodes, from a call to many. */
  readonly nodes: readonly { readonly node: string; readonly code: string }[];
  /** What the call gave all the same. */
  readonly items: readonly unknown[];

  constructor(told: Told, items: readonly unknown[]) {
    super(told.message);
    this.code = told.code;
    this.details = told.details ?? [];
    this.nodes = told.nodes ?? [];
    this.items = items;
  }
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly string[];
  readonly nodes?: readonly { readonly node: string; readonly code: string }[];
}

/** A message as the official code shows it in JSON. */
export interface Message<Value = Readonly<Record<string, unknown>>> {
  readonly type: string;
  readonly value: Value;
}

/** A resource as the official client decoded it. */
export interface GoResource {
  readonly namespace: string;
  readonly type: string;
  readonly id: string;
  readonly version: string;
  readonly phase: string;
  readonly owner: string;
  /** The Go type it was decoded to. */
  readonly goType: string;
  /** The whole resource, written anew. */
  readonly yaml: string;
}

/** An event of a watch. */
export interface GoChange {
  readonly type: 'Created' | 'Updated' | 'Destroyed' | 'Bootstrapped' | 'Errored' | 'Noop';
  readonly resource?: GoResource;
  readonly old?: GoResource;
  readonly bookmark?: string;
  readonly error?: Told;
}

/** How to make a call. */
export interface CallOptions {
  readonly node?: string;
  readonly nodes?: readonly string[];
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Ends a stream after so many messages. Default: reads to its end. */
  readonly take?: number;
}

type Command = { readonly do: string } & Readonly<Record<string, unknown>>;

/** The official Go client, in a process of its own. */
export class GoClient implements AsyncDisposable {
  readonly #peer: Peer;

  /** @param env environment variables besides those of this process */
  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#peer = new Peer(inject('interopProgram'), ['client'], env);
  }

  /** Makes a client with a talosconfig and calls it `name`. */
  connect(
    talosconfig: string,
    { name = 'main', context = '', endpoints = [] as readonly string[] } = {},
  ): Promise<unknown> {
    return this.#end({ do: 'connect', client: name, talosconfig, context, endpoints });
  }

  /** Makes a client for a node in maintenance mode and calls it `name`. */
  connectMaintenance(
    endpoint: string,
    fingerprints: readonly string[],
    name: string,
  ): Promise<unknown> {
    return this.#end({ do: 'connect', client: name, maintenance: endpoint, fingerprints });
  }

  /** The calls that the official client has, by name. */
  methods(): Promise<readonly string[]> {
    return this.#end<readonly string[]>({ do: 'methods' });
  }

  /** Makes a call that gives one result. Rejects with `GoFailure`. */
  call<T = Message>(
    name: string,
    args: readonly unknown[] = [],
    options: CallOptions & { readonly client?: string } = {},
  ): Promise<T> {
    return this.#end<T>({ do: 'call', client: 'main', call: name, arguments: args, ...options });
  }

  /** Makes a call that gives a stream, and reads it. Rejects with `GoFailure`, which has the items. */
  stream<T = Message>(
    name: string,
    args: readonly unknown[] = [],
    options: CallOptions & { readonly client?: string } = {},
  ): Promise<readonly T[]> {
    return this.items<T>({ do: 'call', client: 'main', call: name, arguments: args, ...options });
  }

  /** Carries out a command and gives its items. */
  async items<T>(command: Command, onItem: (item: T) => void = () => {}): Promise<readonly T[]> {
    const items: T[] = [];
    await this.start<T>(command, (item) => {
      items.push(item);
      onItem(item);
    }).ended;
    return items;
  }

  /** Carries out a command that goes on until it is cancelled. */
  start<T>(
    command: Command,
    onItem: (item: T) => void,
  ): { readonly ended: Promise<unknown>; cancel(): Promise<unknown> } {
    const items: unknown[] = [];
    const { id, ended } = this.#peer.do(
      { client: 'main', ...command },
      {
        onItem: (item: unknown) => {
          items.push(item);
          onItem(item as T);
        },
        failed: (told: unknown) => new GoFailure(told as Told, items),
      },
    );
    return { ended, cancel: () => this.#end({ do: 'cancel', target: id }) };
  }

  /** Carries out a command and gives its result. */
  async command<T>(command: Command): Promise<T> {
    return this.#end<T>({ client: 'main', ...command });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]();
  }

  async #end<T>(command: Command): Promise<T> {
    return (await this.start(command, () => {}).ended) as T;
  }
}
