import type { Method } from '../../src/runtime/method.js';
import type { TalosStream } from '../../src/runtime/stream.js';
import type { AnyCall, Transport, TransportCall } from '../../src/runtime/transport.js';

type Answer = (call: AnyCall, request: unknown) => unknown;

/** A transport that answers from a function and remembers its calls. */
export class FakeTransport implements Transport {
  readonly calls: AnyCall[] = [];
  closed = false;
  readonly endpoints: readonly string[];
  readonly #answer: Answer;

  constructor(answer: Answer = () => undefined, endpoints: readonly string[] = ['10.5.0.2:50000']) {
    this.#answer = answer;
    this.endpoints = endpoints;
  }

  async unary<Request, Reply>(call: TransportCall<'unary', Request, Reply>, request: unknown) {
    this.calls.push(call);
    return (await this.#answer(call, request)) as Reply;
  }

  async clientStream<Request, Reply>(
    call: TransportCall<'client-stream', Request, Reply>,
    requests: unknown,
  ) {
    this.calls.push(call);
    return (await this.#answer(call, requests)) as Reply;
  }

  stream<Request, Reply>(
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: unknown,
  ): TalosStream<Reply> {
    this.calls.push(call);
    return this.#answer(call, requests) as TalosStream<Reply>;
  }

  close() {
    this.closed = true;
  }
}

/** A stream of `items` that tells whether it was left before its end. */
export function streamOf<T>(items: Iterable<T> | AsyncIterable<T>) {
  const state = { left: false, taken: 0 };
  async function* read() {
    let ended = false;
    try {
      for await (const item of items) {
        state.taken += 1;
        yield item;
      }
      ended = true;
    } finally {
      state.left = !ended;
    }
  }
  const generator = read();
  const stream = {
    [Symbol.asyncIterator]: () => stream,
    next: () => generator.next(),
    return: async () => {
      const done = await generator.return(undefined);
      return done as IteratorResult<T, undefined>;
    },
    cancel: () => void generator.return(undefined),
    [Symbol.asyncDispose]: async () => void (await generator.return(undefined)),
  } as TalosStream<T>;
  return { stream, state };
}

/** Facts of a unary read without fields, to be changed as a test needs. */
export const readMethod: Method<'unary', Record<string, never>, { value: string }> = {
  path: '/test.Service/Read',
  kind: 'unary',
  idempotency: 'read',
  roles: ['os:reader'],
  since: '1.6',
  aggregates: true,
  unwrap: 'message',
  encode: () => {},
  decode: () => ({}),
};
