import { getEventListeners } from 'node:events';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callServerStream, callUnary } from '../../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import { TalosClosedError } from '../../../src/runtime/errors/closed-error.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { TalosProtocolError } from '../../../src/runtime/errors/protocol-error.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { cleanUp, deferred, rejection } from '../../support/lifecycle.js';
import { type Note, noteMethod } from '../../support/note-methods.js';
import {
  createTrust,
  failure,
  type NoteHandlers,
  startNoteServer,
  type Trust,
} from '../../support/note-server.js';

const follow = noteMethod('server-stream');
const ask = noteMethod('unary');

type Follow = ServerWritableStream<Note, Note>;

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

/** Sends `count` notes, `size` characters each, as fast as the client takes them. */
function flood(call: Follow, count: number, size: number, sent: { notes: number }): void {
  const text = 'x'.repeat(size);
  const write = () => {
    while (sent.notes < count && !call.cancelled) {
      sent.notes += 1;
      if (!call.write({ text })) {
        call.once('drain', write);
        return;
      }
    }
    call.end();
  };
  write();
}

describe('a server stream', () => {
  it('brings the replies in order, then is done', async () => {
    const talos = await connect({
      follow(call) {
        for (let index = 0; index < 2000; index += 1) call.write({ text: `note ${index}` });
        call.end();
      },
    });
    const notes = await collect(callServerStream(talos, follow, {}));
    expect(notes.map(({ text }) => text)).toEqual(
      Array.from({ length: 2000 }, (_, index) => `note ${index}`),
    );
  });

  it('sends nothing before the first item is asked for', async () => {
    let calls = 0;
    const talos = await connect({
      follow(call) {
        calls += 1;
        call.end();
      },
    });
    callServerStream(talos, follow, {});
    callServerStream(talos, follow, {}).cancel();
    const read = callServerStream(talos, follow, {});
    expect(await read.next()).toEqual({ done: true, value: undefined });
    expect(calls).toBe(1);
  });

  it('can be read once', async () => {
    const talos = await connect();
    const stream = callServerStream(talos, follow, { text: 'a' });
    expect(stream[Symbol.asyncIterator]()).toBe(stream);
    expect(await collect(stream)).toEqual([{ text: 'a' }]);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(TalosConfigError);
    await expect(collect(stream)).rejects.toThrow(/can be read once/);
  });

  it('goes on in a loop after the first item was taken by hand', async () => {
    const talos = await connect({
      follow(call) {
        for (const text of ['hello', 'a', 'b']) call.write({ text });
        call.end();
      },
    });
    const stream = callServerStream(talos, follow, {});
    expect(await stream.next()).toEqual({ done: false, value: { text: 'hello' } });
    expect(await collect(stream)).toEqual([{ text: 'a' }, { text: 'b' }]);
  });

  it('answers several calls of next at once, in order', async () => {
    const go = deferred();
    const talos = await connect({
      follow(call) {
        void go.promise.then(() => {
          for (const text of ['a', 'b']) call.write({ text });
          call.end();
        });
      },
    });
    const stream = callServerStream(talos, follow, {});
    const asked = Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
    go.resolve();
    expect(await asked).toEqual([
      { done: false, value: { text: 'a' } },
      { done: false, value: { text: 'b' } },
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  it('gives headers before the first item and trailers at the end', async () => {
    const talos = await connect();
    const events: string[] = [];
    const stream = callServerStream(
      talos,
      follow,
      { text: 'item' },
      {
        onHeaders: () => events.push('headers'),
        onTrailers: () => events.push('trailers'),
      },
    );
    for await (const { text } of stream) events.push(text);
    expect(events).toEqual(['headers', 'item', 'trailers']);
  });
});

describe('leaving a server stream', () => {
  it.each([
    [
      'by break',
      async (stream: AsyncIterable<Note>) => {
        for await (const _ of stream) break;
      },
    ],
    [
      'by an error in the loop',
      async (stream: AsyncIterable<Note>) => {
        await rejection(
          (async () => {
            for await (const _ of stream) throw new Error('enough');
          })(),
        );
      },
    ],
    [
      'by cancel()',
      async (stream: ReturnType<typeof callServerStream<Note, Note>>) => {
        await stream.next();
        stream.cancel();
        expect(await stream.next()).toEqual({ done: true, value: undefined });
      },
    ],
    [
      'by return()',
      async (stream: ReturnType<typeof callServerStream<Note, Note>>) => {
        await stream.next();
        expect(await stream.return()).toEqual({ done: true, value: undefined });
      },
    ],
    [
      'by await using',
      async (stream: ReturnType<typeof callServerStream<Note, Note>>) => {
        await using scoped = stream;
        await scoped.next();
      },
    ],
  ])('%s cancels it on the node', async (_, leave) => {
    const cancelled = deferred();
    const talos = await connect({
      follow(call) {
        call.on('cancelled', () => cancelled.resolve());
        call.write({ text: 'a' });
        call.write({ text: 'b' });
      },
    });
    await leave(callServerStream(talos, follow, {}));
    await cancelled.promise;
  });

  it('answers a next that is waiting', async () => {
    const started = deferred();
    const talos = await connect({ follow: () => started.resolve() });
    const stream = callServerStream(talos, follow, {});
    const waiting = [stream.next(), stream.next()];
    await started.promise;
    stream.cancel();
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  it('twice, or after the end, does nothing', async () => {
    const talos = await connect();
    const stream = callServerStream(talos, follow, {});
    await collect(stream);
    stream.cancel();
    await stream.return();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a slow reader', () => {
  it('holds the node back', async () => {
    const sent = { notes: 0 };
    const cancelled = deferred();
    const talos = await connect({
      follow(call) {
        call.on('cancelled', () => cancelled.resolve());
        flood(call, 10_000, 16_384, sent);
      },
    });
    const stream = callServerStream(talos, follow, {});
    await stream.next();
    // What the node had sent has come before the answer to another call on the same connection.
    for (let same = 0; same < 3; ) {
      const before = sent.notes;
      await callUnary(talos, ask, {});
      same = sent.notes === before ? same + 1 : 0;
    }
    // Two windows of 2 MiB, the queue, and what both sides keep to write.
    expect(sent.notes).toBeLessThan(1000);
    let count = 1;
    while (count < 2000 && !(await stream.next()).done) count += 1;
    expect(count).toBe(2000);
    expect(sent.notes).toBeGreaterThanOrEqual(2000);
    stream.cancel();
    await cancelled.promise;
  });

  it('gets everything that came before the error the stream ends with', async () => {
    const count = 1500;
    const talos = await connect({
      follow(call) {
        for (let index = 0; index < count; index += 1) call.write({ text: 'x'.repeat(1000) });
        call.emit('error', failure(status.UNKNOWN, 'skipped some files'));
      },
    });
    const stream = callServerStream(talos, follow, {});
    let read = 0;
    const error = await rejection(
      (async () => {
        for await (const _ of stream) {
          read += 1;
          if (read < 3) await callUnary(talos, ask, {});
        }
      })(),
    );
    expect(error).toMatchObject({ status: 'unknown', reason: 'skipped some files' });
    expect(read).toBe(count);
  });
});

describe('a server stream that fails', () => {
  it('fails after the items that came before, and is done then', async () => {
    const talos = await connect({
      follow(call) {
        call.write({ text: 'a' });
        call.write({ text: 'b' });
        call.emit('error', failure(status.DATA_LOSS, 'no more', { 'x-why': 'disk' }));
      },
    });
    const stream = callServerStream(talos.node('10.0.0.4'), follow, {});
    expect((await stream.next()).value).toEqual({ text: 'a' });
    expect((await stream.next()).value).toEqual({ text: 'b' });
    expect(await rejection(stream.next())).toMatchObject({
      status: 'data-loss',
      node: '10.0.0.4',
      endpoint: talos.endpoints[0],
      metadata: { 'x-why': ['disk'] },
    });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('ends and is cancelled at a reply that is none', async () => {
    const cancelled = deferred();
    const talos = await connect({
      follow(call) {
        call.on('cancelled', () => cancelled.resolve());
        call.write({ text: 'good' });
        call.write({ text: 'bad' });
        call.write({ text: 'good' });
      },
    });
    const picky = noteMethod('server-stream', {
      decode(reader, end) {
        const note = follow.decode(reader, end);
        if (note.text === 'bad') throw new TalosProtocolError('malformed');
        return note;
      },
    });
    const stream = callServerStream(talos, picky, {});
    await stream.next();
    expect(await rejection(stream.next())).toBeInstanceOf(TalosProtocolError);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await cancelled.promise;
  });

  it.each([
    ['its deadline is over', { timeoutMs: 50 }],
    ['nothing came for its idle timeout', { idleTimeoutMs: 50 }],
  ])('is cancelled on the node when %s', async (_, options) => {
    const cancelled = deferred();
    const talos = await connect({
      follow(call) {
        if (call.cancelled) cancelled.resolve();
        else call.on('cancelled', () => cancelled.resolve());
      },
    });
    // Connected, so that the call has all of its time.
    await callUnary(talos, ask, {});
    const stream = callServerStream(talos, follow, {}, options);
    expect(await rejection(stream.next())).toMatchObject({ status: 'deadline-exceeded' });
    await cancelled.promise;
  });
});

describe('the signal of a server stream', () => {
  it('that fired before sends nothing', async () => {
    let calls = 0;
    const talos = await connect({
      follow: () => {
        calls += 1;
      },
    });
    const reason = new Error('not wanted');
    const stream = callServerStream(talos, follow, {}, { signal: AbortSignal.abort(reason) });
    expect(await rejection(stream.next())).toBe(reason);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(calls).toBe(0);
  });

  it('ends it at once, items that wait included', async () => {
    const cancelled = deferred();
    const talos = await connect({
      follow(call) {
        call.on('cancelled', () => cancelled.resolve());
        for (let index = 0; index < 100; index += 1) call.write({ text: `${index}` });
      },
    });
    const controller = new AbortController();
    const stream = callServerStream(talos, follow, {}, { signal: controller.signal });
    await stream.next();
    const reason = { my: 'reason' };
    controller.abort(reason);
    expect(await rejection(stream.next())).toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await cancelled.promise;
  });

  it('rejects a next that is waiting', async () => {
    const started = deferred();
    const talos = await connect({ follow: () => started.resolve() });
    const controller = new AbortController();
    const stream = callServerStream(talos, follow, {}, { signal: controller.signal });
    const waiting = rejection(stream.next());
    await started.promise;
    controller.abort('why');
    expect(await waiting).toBe('why');
  });
});

describe('closing the client', () => {
  it('ends streams that are open and refuses those that were not started', async () => {
    const started = deferred();
    const talos = await connect({ follow: () => started.resolve() });
    const lazy = callServerStream(talos, follow, {});
    const waiting = rejection(callServerStream(talos, follow, {}).next());
    await started.promise;
    await talos.close();
    expect(await waiting).toBeInstanceOf(TalosClosedError);
    expect(await rejection(lazy.next())).toBeInstanceOf(TalosClosedError);
  });

  it('fails a stream that nobody is reading just now when it is read on', async () => {
    const talos = await connect({ follow: (call) => void call.write({ text: 'a' }) });
    const stream = callServerStream(talos, follow, {});
    await stream.next();
    await talos.close();
    expect(await rejection(stream.next())).toBeInstanceOf(TalosClosedError);
  });
});
