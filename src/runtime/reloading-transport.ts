import { onAbort } from './abort-listeners.js';
import type { Init } from './codec.js';
import {
  ask,
  type Connecting,
  type CredentialSource,
  type EndpointSource,
} from './connection-source.js';
import type { ClientCertificate } from './credentials/client-certificate.js';
import { TalosClosedError } from './errors/closed-error.js';
import { TalosRpcError } from './errors/rpc-error.js';
import { rpcName } from './method.js';
import type { ObservedClient } from './observed-client.js';
import type { TalosStream } from './stream.js';
import { LateStream } from './streams/late-stream.js';
import type { AnyCall, Requests, SiblingOptions, Transport, TransportCall } from './transport.js';

/** What a reloading transport connects with. */
export interface ReloadingParts {
  readonly endpoints: EndpointSource;
  readonly credentials: CredentialSource;
  /** A transport for what the functions gave. */
  make(connecting: Connecting): Transport;
}

/** A transport with the calls that it still has. It is closed when it is retired and has none. */
class Generation {
  readonly transport: Transport;
  #calls = 0;
  #done: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  begin(): void {
    this.#calls += 1;
  }

  end(): void {
    this.#calls -= 1;
    this.#closeIfDone();
  }

  /** No new calls come. Those that are open go on. Resolves when it is closed after them. */
  retired(): Promise<void> {
    return new Promise((resolve) => {
      this.#done = () => void this.close().then(resolve, resolve);
      this.#closeIfDone();
    });
  }

  #closeIfDone(): void {
    if (this.#calls === 0) this.#done?.();
  }

  close(): Promise<void> {
    this.#closing ??= Promise.resolve(this.transport.close());
    return this.#closing;
  }
}

/**
 * A transport whose endpoints and credentials come from functions. They are asked before the first
 * call, and again by `reload()`. New calls then go over new connections; calls that are open go on
 * over the old ones, which are closed after them.
 */
export class ReloadingTransport implements Transport {
  readonly #parts: ReloadingParts;
  #current: Generation | undefined;
  readonly #old = new Set<Generation>();
  #loading: Promise<Generation> | undefined;
  #closed = false;

  constructor(parts: ReloadingParts) {
    this.#parts = parts;
  }

  /** Empty until the functions were asked. */
  get endpoints(): readonly string[] {
    return this.#current?.transport.endpoints ?? [];
  }

  get certificate(): ClientCertificate | undefined {
    return this.#current?.transport.certificate;
  }

  get observed(): ObservedClient | undefined {
    return this.#current?.transport.observed;
  }

  async unary<Request, Reply>(
    call: TransportCall<'unary', Request, Reply>,
    request: Init<Request>,
  ): Promise<Reply> {
    return this.#run(call, ({ transport }, own) => transport.unary(own, request));
  }

  async clientStream<Request, Reply>(
    call: TransportCall<'client-stream', Request, Reply>,
    requests: Requests<Request>,
  ): Promise<Reply> {
    return this.#run(call, ({ transport }, own) => transport.clientStream(own, requests));
  }

  async #run<Call extends AnyCall, Reply>(
    call: Call,
    run: (generation: Generation, call: Call) => Promise<Reply>,
  ): Promise<Reply> {
    const [generation, own] =
      this.#current === undefined ? await this.#loaded(call) : [this.#current, call];
    generation.begin();
    try {
      return await run(generation, own);
    } finally {
      generation.end();
    }
  }

  stream<Request, Reply>(
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: Requests<Request>,
  ): TalosStream<Reply> {
    return new LateStream(rpcName(call.method), async () => {
      const [generation, own] =
        this.#current === undefined ? await this.#loaded(call) : [this.#current, call];
      // One that cannot be opened counts for nothing.
      const stream = generation.transport.stream(own, requests);
      generation.begin();
      return { stream, ended: () => generation.end() };
    });
  }

  /**
   * The first generation, and the call with what the wait for it left of the deadline. The deadline and
   * the signals of the call count meanwhile.
   */
  async #loaded<Call extends AnyCall>(call: Call): Promise<[Generation, Call]> {
    const { method, node, timeoutMs, signals } = call;
    for (const signal of signals) signal.throwIfAborted();
    const startedAt = performance.now();
    const undo: (() => void)[] = [];
    const given = new Promise<never>((_, reject) => {
      for (const signal of signals) undo.push(onAbort(signal, reject));
      if (timeoutMs === undefined || timeoutMs > 0x7fff_ffff) return;
      const timer = setTimeout(() => {
        const text = `no reply within ${timeoutMs} ms; still waiting for endpoints and credentials`;
        const failure = { status: 'deadline-exceeded', outcome: 'not-sent', attempts: 0 } as const;
        reject(new TalosRpcError(text, { ...failure, rpc: rpcName(method), node }));
      }, timeoutMs);
      undo.push(() => clearTimeout(timer));
    });
    try {
      const generation = await Promise.race([this.#load(), given]);
      if (timeoutMs === undefined) return [generation, call];
      const leftMs = Math.max(1, timeoutMs - (performance.now() - startedAt));
      return [generation, { ...call, timeoutMs: leftMs }];
    } finally {
      for (const step of undo) step();
    }
  }

  /** Asks once, however many wait for it. A failure is that of those who waited. */
  #load(): Promise<Generation> {
    if (this.#closed) return Promise.reject(new TalosClosedError());
    this.#loading ??= this.#ask().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #ask(): Promise<Generation> {
    const { endpoints, credentials } = this.#parts;
    const next = new Generation(this.#parts.make(await ask(endpoints, credentials)));
    if (this.#closed) {
      await next.close();
      throw new TalosClosedError();
    }
    const old = this.#current;
    this.#current = next;
    if (old !== undefined) {
      this.#old.add(old);
      void old.retired().then(() => this.#old.delete(old));
    }
    return next;
  }

  async reload(): Promise<void> {
    await this.#load();
  }

  sibling({ endpoints, credentials }: SiblingOptions = {}): Transport {
    return new ReloadingTransport({
      endpoints: endpoints ?? this.#parts.endpoints,
      credentials: credentials ?? this.#parts.credentials,
      make: this.#parts.make,
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [this.#current, ...this.#old].filter((each) => each !== undefined);
    await Promise.all(all.map((each) => each.close()));
    this.#old.clear();
  }
}
