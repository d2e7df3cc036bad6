import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import {
  type CarrierTransportOptions,
  carrierTransport,
} from '../../src/runtime/calls/carrier-transport.js';
import type {
  Carrier,
  CarrierStream,
  Connection,
  ConnectionOwner,
  ReceivedFields,
  RequestHeaders,
  StreamEnd,
  StreamSink,
} from '../../src/runtime/carriers/carrier.js';
import { createTalosClient, type TalosClientOptions } from '../../src/runtime/client.js';
import { toBytes } from '../../src/runtime/codec.js';
import { plaintext } from '../../src/runtime/credentials/index.js';
import { type RetryMessage, subscribe } from '../../src/runtime/diagnostics/index.js';
import type { Endpoint } from '../../src/runtime/dial/endpoint.js';
import { type StatusName, statusCode } from '../../src/runtime/errors/status.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import { encodeNote } from './note-methods.js';
import { runtimeClock } from './time.js';

/** One stream that a call opened, and what the test may do with it. */
export class FakeStream implements CarrierStream {
  readonly endpoint: string;
  readonly headers: RequestHeaders;
  readonly connection: FakeConnection;
  readonly written: Uint8Array[] = [];
  sent = true;
  isReset = false;
  isDoubted = false;
  /** How many messages were asked for and have not come. */
  asked = 0;
  readonly #sink: StreamSink;

  constructor(connection: FakeConnection, headers: RequestHeaders, sink: StreamSink) {
    this.connection = connection;
    this.endpoint = connection.endpoint.address;
    this.headers = headers;
    this.#sink = sink;
  }

  read(): void {
    this.asked += 1;
  }

  write(message: Uint8Array, written?: () => void): void {
    this.written.push(message.slice());
    written?.();
  }

  end(): void {}

  doubt(): void {
    this.isDoubted = true;
  }

  reset(): void {
    this.isReset = true;
  }

  /** Answers with a note and status OK. */
  answer(text = 'answer'): void {
    this.message(text);
    this.ended({ kind: 'trailers', status: 0, ...trailers() });
  }

  message(text: string): void {
    this.connection.owner.proved(this.connection);
    this.#sink.onHeaders(fields());
    this.asked -= 1;
    this.#sink.onMessage(toBytes(encodeNote, { text }));
  }

  /** Ends with a status. */
  fail(status: StatusName, named: Readonly<Record<string, string>> = {}): void {
    this.connection.owner.proved(this.connection);
    this.ended({ kind: 'trailers', status: statusCode(status), ...trailers(named) });
  }

  /** Ends as the carrier says, without a word of the peer. */
  ended(end: StreamEnd): void {
    this.#sink.onEnd(end);
  }

  /** Loses the connection after the call was sent. */
  lose(): void {
    this.ended({ kind: 'lost', error: undefined });
  }
}

function trailers(named: Readonly<Record<string, string>> = {}) {
  return { message: '', http: undefined, cutShort: false, fields: fields(named) };
}

function fields(named: Readonly<Record<string, string>> = {}): ReceivedFields {
  return {
    first: (name) => named[name],
    all: () => Object.fromEntries(Object.entries(named).map(([name, value]) => [name, [value]])),
  };
}

export class FakeConnection implements Connection {
  readonly endpoint: Endpoint;
  readonly owner: ConnectionOwner;
  readonly progress = 'nobody answered';
  bytesRead = 0;
  closed = false;
  readonly #carrier: FakeCarrier;
  #lost = false;

  constructor(endpoint: Endpoint, owner: ConnectionOwner, carrier: FakeCarrier) {
    this.endpoint = endpoint;
    this.owner = owner;
    this.#carrier = carrier;
  }

  open(headers: RequestHeaders, sink: StreamSink): CarrierStream {
    const stream = new FakeStream(this, headers, sink);
    this.#carrier.streams.push(stream);
    this.#carrier.onStream?.(stream);
    return stream;
  }

  retire(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.owner.lost(this, undefined);
    this.owner.gone(this);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** A carrier whose connections and streams do what a test says. */
export class FakeCarrier implements Carrier {
  /** All streams, in the order they were opened. */
  readonly streams: FakeStream[] = [];
  readonly connections: FakeConnection[] = [];
  /** The endpoints that refuse connections, and those that neither take nor refuse them. */
  readonly refusing = new Set<string>();
  readonly silent = new Set<string>();
  /** Is called with each stream, before the call has written to it. */
  onStream: ((stream: FakeStream) => void) | undefined;

  connect(endpoint: Endpoint, owner: ConnectionOwner): Connection {
    const connection = new FakeConnection(endpoint, owner, this);
    this.connections.push(connection);
    if (this.refusing.has(endpoint.address)) {
      owner.failed(connection, new Error(`connect ECONNREFUSED ${endpoint.address}`));
    } else if (!this.silent.has(endpoint.address)) owner.connected(connection);
    return connection;
  }

  get latest(): FakeStream {
    return this.streams.at(-1) as FakeStream;
  }
}

/** A client over a fake carrier and a clock that stands still. Its waits are as long as they may be. */
export function fakeClient(
  options: Partial<CarrierTransportOptions> &
    Omit<TalosClientOptions, 'transport' | 'endpoints' | 'credentials'> = {},
) {
  const { endpoints = ['10.0.0.2'], attempts, backoff, retryBudget, ...rest } = options;
  const clock = new ManualClock(0);
  const carrier = new FakeCarrier();
  const retries: RetryMessage[] = [];
  const name = randomUUID();
  const watching = subscribe(
    { retry: (message) => void retries.push(message) },
    { only: (client) => client.name === name },
  );
  onTestFinished(() => watching.stop());
  let begun = false;
  const transport = carrierTransport(
    {
      endpoints,
      credentials: plaintext(),
      attempts,
      backoff,
      retryBudget,
      name,
    },
    () => carrier,
    {
      clock: runtimeClock(clock),
      random: () => {
        if (begun) return 1;
        begun = true;
        return 0;
      },
      sibling: () => transport,
    },
  );
  const talos = createTalosClient({ transport, ...rest } as never);
  return {
    talos,
    name,
    carrier,
    clock,
    retries,
    delays: () => retries.map(({ delayMs }) => delayMs),
  };
}
