import type { Init } from '../../runtime/codec.js';
import { TalosClosedError } from '../../runtime/errors/closed-error.js';
import { checkMetadata } from '../../runtime/metadata.js';
import type { MethodKind } from '../../runtime/method.js';
import type { TalosStream } from '../../runtime/stream.js';
import type { Transport, TransportCall } from '../../runtime/transport.js';
import type { Daemon } from '../apid/serve.js';
import type { ClientFlaw } from '../client-certificates.js';
import type { SimulatedCluster } from '../cluster.js';
import type { Machine } from '../machine/machine.js';
import { Exchange, endpointAddress } from './exchange.js';
import { MemoryStream } from './memory-stream.js';

/** Whose calls go where. */
export interface MemoryTransportOptions {
  readonly cluster: SimulatedCluster;
  /** The nodes whose endpoints take the calls. */
  readonly entries: readonly Machine[];
  /** The roles of the client's certificate. */
  readonly roles: readonly string[];
  /** What is wrong with the certificate of the client, if anything. */
  readonly flaw: ClientFlaw | undefined;
  /** What is called on the nodes. */
  readonly daemon: Daemon;
}

/**
 * Carries calls to the nodes of a cluster without a socket. Every message is encoded and decoded
 * as on the wire, and the nodes see the same bytes as over TLS.
 */
export function memoryTransport(options: MemoryTransportOptions): Transport {
  return new MemoryTransport(options);
}

class MemoryTransport implements Transport {
  readonly #options: MemoryTransportOptions;
  readonly #exchanges = new Set<Exchange>();
  #turn = 0;
  #closed = false;

  constructor(options: MemoryTransportOptions) {
    this.#options = options;
  }

  get endpoints(): readonly string[] {
    const { entries, daemon } = this.#options;
    return entries.map((entry) => endpointAddress(entry, daemon));
  }

  async unary<Request, Reply>(
    call: TransportCall<'unary', Request, Reply>,
    request: Init<Request>,
  ): Promise<Reply> {
    return this.#begin(call, [request]).onlyReply();
  }

  async clientStream<Request, Reply>(
    call: TransportCall<'client-stream', Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
  ): Promise<Reply> {
    return this.#begin(call, requests).onlyReply();
  }

  stream<Request, Reply>(
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
  ): TalosStream<Reply> {
    return new MemoryStream<Reply>(() => this.#begin(call, requests), call);
  }

  close(): void {
    this.#closed = true;
    for (const exchange of [...this.#exchanges]) exchange.end(new TalosClosedError());
  }

  #begin<Request, Reply>(
    call: TransportCall<MethodKind, Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
  ): Exchange<Reply> {
    if (this.#closed) throw new TalosClosedError();
    for (const signal of call.signals) signal.throwIfAborted();
    checkMetadata(call.metadata, 'metadata');
    const exchange = new Exchange<Reply>(
      { ...this.#options, nextEntry: () => this.#entry(), entries: this.#options.entries.length },
      call,
      requests,
    );
    this.#exchanges.add(exchange as Exchange<never>);
    exchange.onEnd(() => this.#exchanges.delete(exchange as Exchange<never>));
    return exchange;
  }

  /** The next endpoint in turn that can be reached; any when none can. */
  #entry(): Machine {
    const { entries, cluster } = this.#options;
    for (let tried = 0; tried < entries.length; tried++) {
      const entry = entries[this.#turn++ % entries.length] as Machine;
      if (cluster.isReachable(entry)) return entry;
    }
    return entries[this.#turn++ % entries.length] as Machine;
  }
}
