import { addressee } from '../runtime/addressing.js';
import type { Init } from '../runtime/codec.js';
import type { ClientCertificate } from '../runtime/credentials/client-certificate.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { rpcName } from '../runtime/method.js';
import type { ObservedClient } from '../runtime/observed-client.js';
import type { TalosStream } from '../runtime/stream.js';
import type {
  AnyCall,
  Requests,
  SiblingOptions,
  Transport,
  TransportCall,
} from '../runtime/transport.js';
import { SignedCall } from './signed-call.js';
import { SignedStream } from './signed-stream.js';
import type { Signer } from './signer.js';
import { refuseTraps } from './traps.js';

/**
 * A transport to Omni: refuses calls that Omni would not take, or would send to any node, sees to
 * it that there is a key to sign with, and makes a call once more with another key when Omni refused
 * the first. Requests that come from an iterable are not sent again, those in a list or from a
 * function are. The attempts of the calls are signed below this transport.
 */
export class SignedTransport implements Transport {
  readonly #inner: Transport;
  readonly #load: () => Promise<Signer>;
  readonly sibling?: (changes?: SiblingOptions) => Transport;

  constructor(inner: Transport, load: () => Promise<Signer>) {
    this.#inner = inner;
    this.#load = load;
    if (inner.sibling !== undefined) this.sibling = inner.sibling.bind(inner);
  }

  get endpoints(): readonly string[] {
    return this.#inner.endpoints;
  }

  get certificate(): ClientCertificate | undefined {
    return this.#inner.certificate;
  }

  get observed(): ObservedClient | undefined {
    return this.#inner.observed;
  }

  async unary<Request, Reply>(
    call: TransportCall<'unary', Request, Reply>,
    request: Init<Request>,
  ): Promise<Reply> {
    check(call);
    return this.#call(call, call.signals).run(() => this.#inner.unary(call, request), true);
  }

  async clientStream<Request, Reply>(
    call: TransportCall<'client-stream', Request, Reply>,
    requests: Requests<Request>,
  ): Promise<Reply> {
    check(call);
    return this.#call(call, call.signals).run(
      () => this.#inner.clientStream(call, requests),
      canBeSentAgain(requests),
    );
  }

  stream<Request, Reply>(
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: Requests<Request>,
  ): TalosStream<Reply> {
    check(call);
    return new SignedStream({
      rpc: rpcName(call.method),
      open: () => this.#inner.stream(call, requests),
      mayRepeat: canBeSentAgain(requests),
      call: (left) => this.#call(call, [...call.signals, left]),
    });
  }

  #call(call: AnyCall, signals: readonly AbortSignal[]): SignedCall {
    return new SignedCall(call, this.#inner, this.#load, signals);
  }

  close(): void | Promise<void> {
    return this.#inner.close();
  }
}

/** Refuses what would fail at Omni, or act on any node of a cluster, before anything is sent. */
function check({ method, metadata }: AnyCall): void {
  refuseTraps(method.path, metadata);
  if (method.idempotency === 'read' || addressee(metadata) !== 'endpoint') return;
  throw new TalosConfigError(
    `${rpcName(method)} acts on one node, and behind Omni an endpoint stands for all nodes of a ` +
      'cluster: name the node with talos.node(address)',
    { field: 'node' },
  );
}

/** Whether all of `requests` can be had once more: an iterable may have been read. */
function canBeSentAgain<Request>(requests: Requests<Request>): boolean {
  return Array.isArray(requests) || typeof requests === 'function';
}
