import type { Endpoint } from 'talos-client';
import type {
  Carrier,
  CarrierStream,
  Connection,
  ConnectionOwner,
  RequestHeaders,
  StreamSink,
} from 'talos-client/carrier';
import type { Machine } from '../base/machine.js';
import type { Timer } from '../base/time/clock.js';
import { MemoryCall } from './memory-call.js';
import { endpointAddress, type MemoryEnds } from './memory-ends.js';

/** Milliseconds of the cluster's clock that a node has to accept a connection. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Carries streams to the nodes of a cluster without a socket. */
export class MemoryCarrier implements Carrier {
  readonly #ends: MemoryEnds;
  /** The node that was connected to last. */
  latest: Machine | undefined;

  constructor(ends: MemoryEnds) {
    this.#ends = ends;
  }

  connect(endpoint: Endpoint, owner: ConnectionOwner): Connection {
    const { cluster, daemon } = this.#ends;
    const entry = cluster.machines.find(
      (machine) => endpointAddress(machine, daemon) === endpoint.address,
    );
    this.latest = entry ?? this.latest;
    return new MemoryConnection(endpoint, entry, this.#ends, owner);
  }
}

class MemoryConnection implements Connection {
  readonly endpoint: Endpoint;
  readonly bytesRead = 0;
  readonly progress = 'nobody answered';
  readonly #entry: Machine | undefined;
  readonly #ends: MemoryEnds;
  readonly #owner: ConnectionOwner;
  #timer: Timer | undefined;
  #state: 'connecting' | 'ready' | 'over' = 'connecting';

  constructor(
    endpoint: Endpoint,
    entry: Machine | undefined,
    ends: MemoryEnds,
    owner: ConnectionOwner,
  ) {
    this.endpoint = endpoint;
    this.#entry = entry;
    this.#ends = ends;
    this.#owner = owner;
    this.#connect();
  }

  #connect(): void {
    const entry = this.#entry;
    if (entry?.isApiUp && entry.port === 'silent') {
      const { address } = this.endpoint;
      this.#timer = this.#ends.cluster.clock.setTimer(CONNECT_TIMEOUT_MS, () => {
        this.#fail(`no connection to ${address} within ${CONNECT_TIMEOUT_MS} ms: ${this.progress}`);
      });
      return;
    }
    const problem = this.#unreachable() ?? this.#untrusted(entry as Machine);
    if (problem !== undefined) {
      this.#fail(problem);
      return;
    }
    this.#state = 'ready';
    this.#owner.connected(this);
  }

  #fail(problem: string): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'over';
    this.#owner.failed(this, new Error(problem));
  }

  /** Why nobody answers at the endpoint, if nobody does. */
  #unreachable(): string | undefined {
    const { cluster, daemon } = this.#ends;
    const entry = this.#entry;
    const serves = daemon === 'apid' || entry?.type === 'controlplane';
    return entry !== undefined && serves && cluster.isReachable(entry)
      ? undefined
      : `connect ECONNREFUSED ${this.endpoint.address}`;
  }

  /** Why one of the two ends does not take the other, if so. */
  #untrusted({ certificateFlaw, inMaintenance }: Machine): string | undefined {
    const { address } = this.endpoint;
    const { flaw } = this.#ends;
    if (certificateFlaw !== undefined) {
      return `the certificate of ${address} cannot be trusted: ${certificateFlaw}`;
    }
    return flaw === undefined || inMaintenance
      ? undefined
      : `${address} refused the certificate of the client: ${flaw}`;
  }

  open(headers: RequestHeaders, sink: StreamSink): CarrierStream {
    const problem = this.#unreachable();
    if (problem !== undefined) this.retire();
    return new MemoryCall(
      { ...this.#ends, entry: this.#entry as Machine, answered: () => this.#owner.proved(this) },
      headers,
      sink,
      problem,
    );
  }

  retire(): void {
    if (this.#state !== 'ready') return;
    this.#state = 'over';
    this.#owner.lost(this, undefined);
    this.#owner.gone(this);
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#state = 'over';
  }
}
