import { getEventListeners } from 'node:events';
import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  status,
} from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callClientStream, callDuplex } from '../../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import { TalosClosedError } from '../../../src/runtime/errors/closed-error.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { gzipRequests } from '../../support/carrier.js';
import { cleanUp, deferred, rejection } from '../../support/lifecycle.js';
import { type Note, noteMethod } from '../../support/note-methods.js';
import {
  createTrust,
  failure,
  type NoteHandlers,
  startNoteServer,
  type Trust,
} from '../../support/note-server.js';

const upload = noteMethod('client-stream');
const talk = noteMethod('duplex');

type Upload = ServerReadableStream<Note, Note>;
type Talk = ServerDuplexStream<Note, Note>;

let trust: Trust;
const later = cleanUp(afterEach);

beforeAll(async () => {
  trust = await createTrust();
});

async function connect(handlers: NoteHandlers = {}): Promise<TalosClient> {
  const server = await startNoteServer(trust, handlers);
  later(() => server.stop());
  const talos = createTalosClient({
    endpoints: [server.address],
    credentials: trust.credentials,
  });
  later(() => talos.close());
  return talos;
}

/** An endless source that tells how far it was read, and when it was left. */
function source(size = 1) {
  const left = deferred();
  const state = { asked: 0, left: left.promise };
  async function* requests(): AsyncGenerator<Note> {
    try {
      for (;;) {
        state.asked += 1;
        yield { text: 'x'.repeat(size) };
      }
    } finally {
      left.resolve();
    }
  }
  return { state, requests: requests() };
}

describe('a client stream', () => {
  it.each([
    ['an array', [{ text: 'a' }, { text: 'b' }]],
    ['a set', new Set([{ text: 'a' }, { text: 'b' }])],
    [
      'a generator',
      (function* () {
        yield { text: 'a' };
        yield { text: 'b' };
      })(),
    ],
    [
      'an async generator',
      (async function* () {
        yield { text: 'a' };
        yield { text: 'b' };
      })(),
    ],
  ])('takes its requests from %s', async (_, requests) => {
    const talos = await connect();
    expect(await callClientStream(talos, upload, requests)).toEqual({ text: 'a b' });
  });

  it('may be empty', async () => {
    const talos = await connect();
    expect(await callClientStream(talos, upload, [])).toEqual({ text: '' });
  });

  it('sends many requests in order', async () => {
    const talos = await connect();
    const texts = Array.from({ length: 3000 }, (_, index) => `${index}`);
    const reply = await callClientStream(
      talos,
      upload,
      texts.map((text) => ({ text })),
    );
    expect(reply.text).toBe(texts.join(' '));
  });

  it.each([
    ['as they are', {}],
    ['compressed, when the user asks for it', gzipRequests],
  ])('sends requests of all sizes %s', async (_, options) => {
    const server = await startNoteServer(trust);
    later(() => server.stop());
    const talos = createTalosClient({
      endpoints: [server.address],
      credentials: trust.credentials,
      ...options,
    });
    later(() => talos.close());
    // Far more than is buffered, so that requests wait while the next ones are encoded.
    const texts = Array.from({ length: 60 }, (_, index) => `${index}`.repeat(index * 1000));
    const reply = await callClientStream(
      talos,
      upload,
      texts.map((text) => ({ text })),
    );
    expect(reply.text === texts.join(' ')).toBe(true);
  });

  it('resolves when the node answers early, and leaves the source', async () => {
    const talos = await connect({
      upload: (call, reply) => call.once('data', () => reply(null, { text: 'enough' })),
    });
    const { state, requests } = source();
    expect(await callClientStream(talos, upload, requests)).toEqual({ text: 'enough' });
    await state.left;
  });

  it('leaves a source that was never asked, too', async () => {
    const talos = await connect();
    await talos.close();
    const left = deferred();
    const requests: Iterable<Note> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: { text: '' } }),
        return: () => {
          left.resolve();
          return { done: true, value: undefined };
        },
      }),
    };
    const error = await rejection(callClientStream(talos, upload, requests));
    expect(error).toBeInstanceOf(TalosClosedError);
    await left.promise;
  });

  it('is held back by a node that does not read', async () => {
    const paused = deferred();
    const go = deferred();
    const talos = await connect({
      upload(call, reply) {
        // Not listening for data is not reading.
        paused.resolve();
        void go.promise.then(() => {
          let bytes = 0;
          call.on('data', ({ text }: Note) => {
            bytes += text.length;
            if (bytes > 30_000_000) reply(null, { text: 'enough' });
          });
        });
      },
    });
    const { state, requests } = source(10_000);
    const call = callClientStream(talos, upload, requests);
    await paused.promise;
    let before = -1;
    await expect
      .poll(
        () => {
          const same = state.asked === before;
          before = state.asked;
          return same;
        },
        { interval: 200 },
      )
      .toBe(true);
    // The server's window, what node:http2 keeps to write, and grpc-js' 1 MiB.
    expect(state.asked * 10_000).toBeLessThan(6_000_000);
    go.resolve();
    expect(await call).toEqual({ text: 'enough' });
    expect(state.asked).toBeGreaterThanOrEqual(3000);
  }, 20_000);

  it('rejects with the error of its source, and the call is cancelled', async () => {
    const cancelled = deferred();
    const started = deferred();
    const talos = await connect({
      upload(call: Upload) {
        call.on('data', () => started.resolve());
        call.on('error', () => {});
        call.on('cancelled', () => cancelled.resolve());
      },
    });
    const own = new Error('disk is gone');
    async function* requests() {
      yield { text: 'a' };
      await started.promise;
      throw own;
    }
    expect(await rejection(callClientStream(talos, upload, requests()))).toBe(own);
    await cancelled.promise;
  });

  it('rejects even if the source throws undefined', async () => {
    const talos = await connect();
    const requests: Iterable<Note> = {
      [Symbol.iterator]: () => {
        throw undefined;
      },
    };
    expect(await rejection(callClientStream(talos, upload, requests))).toBe(undefined);
  });

  it('rejects a request that does not fit, and leaves the source', async () => {
    const talos = await connect();
    const left = deferred();
    async function* requests() {
      try {
        yield { text: 5 as unknown as string };
      } finally {
        left.resolve();
      }
    }
    const error = await rejection(callClientStream(talos, upload, requests()));
    expect(error).toBeInstanceOf(TalosConfigError);
    await left.promise;
  });

  it('fails with the status of the node, and leaves the source', async () => {
    const talos = await connect({
      upload: (call, reply) =>
        call.once('data', () => reply(failure(status.ALREADY_EXISTS, 'there is one'))),
    });
    const { state, requests } = source();
    expect(await rejection(callClientStream(talos, upload, requests))).toMatchObject({
      status: 'already-exists',
    });
    await state.left;
  });

  it('ends by its signal while the source is thinking', async () => {
    const cancelled = deferred();
    const started = deferred();
    const talos = await connect({
      upload(call: Upload) {
        call.on('data', () => started.resolve());
        call.on('error', () => {});
        call.on('cancelled', () => cancelled.resolve());
      },
    });
    async function* requests() {
      yield { text: 'a' };
      await new Promise(() => {});
    }
    const controller = new AbortController();
    const call = rejection(
      callClientStream(talos, upload, requests(), { signal: controller.signal }),
    );
    await started.promise;
    controller.abort('stop');
    expect(await call).toBe('stop');
    await cancelled.promise;
  });
});

describe('a duplex stream', () => {
  it('goes both ways at once', async () => {
    const talos = await connect();
    const answers = deferred<Note>();
    async function* requests() {
      yield { text: 'a' };
      // Asks on only after it was answered.
      yield await answers.promise;
    }
    const texts: string[] = [];
    for await (const { text } of callDuplex(talos, talk, requests())) {
      texts.push(text);
      answers.resolve({ text: `${text}!` });
    }
    expect(texts).toEqual(['a', 'a!']);
  });

  it('sends nothing, and asks for no request, before the first reply is asked for', async () => {
    const talos = await connect();
    const { state, requests } = source();
    const stream = callDuplex(talos, talk, requests);
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.asked).toBe(0);
    await stream.next();
    expect(state.asked).toBeGreaterThan(0);
    await stream.return();
    await state.left;
  });

  it('ends when the node ends it, and leaves the source', async () => {
    const talos = await connect({
      talk(call: Talk) {
        call.once('data', () => {
          call.write({ text: 'bye' });
          call.end(new Metadata());
        });
      },
    });
    const { state, requests } = source();
    expect(await collect(callDuplex(talos, talk, requests))).toEqual([{ text: 'bye' }]);
    await state.left;
  });

  it('fails with the error of its source after the replies that came', async () => {
    const cancelled = deferred();
    const answered = deferred();
    const talos = await connect({
      talk(call: Talk) {
        call.on('cancelled', () => cancelled.resolve());
        call.on('error', () => {});
        call.on('data', (note) => call.write(note));
      },
    });
    const own = new Error('terminal is gone');
    async function* requests() {
      yield { text: 'a' };
      await answered.promise;
      throw own;
    }
    const stream = callDuplex(talos, talk, requests());
    expect((await stream.next()).value).toEqual({ text: 'a' });
    answered.resolve();
    expect(await rejection(stream.next())).toBe(own);
    await cancelled.promise;
  });

  it('leaving it cancels the call and leaves the source', async () => {
    const cancelled = deferred();
    const talos = await connect({
      talk(call: Talk) {
        call.on('cancelled', () => cancelled.resolve());
        call.on('error', () => {});
        call.on('data', (note) => call.write(note));
      },
    });
    const { state, requests } = source();
    for await (const _ of callDuplex(talos, talk, requests)) break;
    await Promise.all([cancelled.promise, state.left]);
  });

  it('ends with the client that is closed, and leaves the source', async () => {
    const talos = await connect();
    const { state, requests } = source();
    const stream = callDuplex(talos, talk, requests);
    await stream.next();
    const waiting = rejection(collect(stream));
    await talos.close();
    expect(await waiting).toBeInstanceOf(TalosClosedError);
    await state.left;
  });
});

it('leaves no listener on the signal, whichever way the calls end', async () => {
  const talos = await connect({
    upload: (_, reply) => reply(failure(status.ABORTED, 'no')),
  });
  const { signal } = new AbortController();
  await rejection(callClientStream(talos, upload, [{ text: 'a' }], { signal }));
  expect(await collect(callDuplex(talos, talk, [{ text: 'a' }], { signal }))).toHaveLength(1);
  for await (const _ of callDuplex(talos, talk, source().requests, { signal })) break;
  await rejection(callClientStream(talos, upload, source().requests, { signal, timeoutMs: 1 }));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
