import { constants, type ServerHttp2Stream } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { callClientStream, callDuplex, callServerStream } from '../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../src/runtime/client.js';
import { plaintext } from '../../src/runtime/credentials/index.js';
import type { TalosError } from '../../src/runtime/errors/talos-error.js';
import type { TalosStream } from '../../src/runtime/stream.js';
import {
  answer,
  frame,
  grpcHeaders,
  type Http2Handler,
  noteFrame,
  startHttp2,
} from '../support/bare-servers.js';
import { cleanUp, deferred, rejection } from '../support/lifecycle.js';
import { type Note, noteMethod } from '../support/note-methods.js';

const follow = noteMethod('server-stream');
const later = cleanUp(afterEach);

async function connect(handle: Http2Handler): Promise<TalosClient> {
  const server = await startHttp2(undefined, handle);
  later(() => server.stop());
  const talos = createTalosClient({ endpoints: [server.address], credentials: plaintext() });
  later(() => talos.close());
  return talos;
}

/** What came of a stream: its items and the error it ended with. */
async function read(stream: TalosStream<Note>, pause?: () => Promise<void>) {
  const texts: string[] = [];
  try {
    for await (const { text } of stream) {
      texts.push(text);
      await pause?.();
    }
  } catch (error) {
    return { texts, error: error as TalosError };
  }
  return { texts, error: undefined };
}

const notes = (...texts: string[]) => Buffer.concat(texts.map(noteFrame));

/** Sends one reply, and what `then` sends once that has arrived. */
function oneThen(then: (stream: ServerHttp2Stream, session: { destroy(): void }) => void) {
  const arrived = deferred();
  const handle: Http2Handler = (stream, _headers, session) => {
    stream.respond(grpcHeaders, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.write(notes('one'));
    void arrived.promise.then(() => then(stream, session));
  };
  return { handle, arrived };
}

async function afterOne(then: Parameters<typeof oneThen>[0], timeoutMs?: number) {
  const { handle, arrived } = oneThen(then);
  const talos = await connect(handle);
  const stream = callServerStream(talos, follow, {}, { timeoutMs, idleTimeoutMs: 5000 });
  const result = await read(stream, async () => arrived.resolve());
  expect(result.texts[0]).toBe('one');
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  return result;
}

describe('a stream that goes wrong after its first reply', () => {
  it.each([
    [
      'by a reply that is no message',
      (stream: ServerHttp2Stream) => stream.write(frame(Buffer.from([0x0a, 0x7f]))),
      { code: 'protocol' },
    ],
    [
      'by a reply that says to be too large',
      (stream: ServerHttp2Stream) => stream.write(frame(Buffer.alloc(0), { length: 2 ** 31 })),
      { code: 'rpc', status: 'resource-exhausted' },
    ],
    [
      'by HTML',
      (stream: ServerHttp2Stream) => stream.write('<html></html>'),
      { code: 'rpc', status: 'unknown' },
    ],
    [
      'by a reply that is compressed though nobody said how',
      (stream: ServerHttp2Stream) => stream.write(frame(Buffer.from([1]), { compressed: 1 })),
      { code: 'rpc', status: 'internal' },
    ],
    [
      'by a reset',
      (stream: ServerHttp2Stream) => stream.destroy(new Error('gone')),
      { code: 'rpc', status: 'internal' },
    ],
    [
      'by the end of the connection',
      (_: ServerHttp2Stream, session: { destroy(): void }) => session.destroy(),
      { code: 'rpc', status: 'unavailable' },
    ],
    [
      'by an end in the middle of a reply, with a status that says all is well',
      (stream: ServerHttp2Stream) => stream.end(notes('two').subarray(0, -1)),
      { code: 'protocol', message: expect.stringMatching(/cut the last reply short/) },
    ],
    [
      'by an end in the middle of the head of a reply',
      (stream: ServerHttp2Stream) => stream.end(notes('two').subarray(0, 3)),
      { code: 'protocol', message: expect.stringMatching(/cut the last reply short/) },
    ],
  ])('%s', async (_, then, expected) => {
    const { texts, error } = await afterOne(then);
    expect(texts).toEqual(['one']);
    expect(error).toMatchObject({ ...expected, rpc: 'test.NoteService/Follow' });
  });

  it('by silence, ends at the deadline', async () => {
    const { error } = await afterOne(() => {}, 200);
    expect(error).toMatchObject({ status: 'deadline-exceeded' });
  });
});

describe('replies that come with the failing status, all in one piece', () => {
  const texts = Array.from({ length: 40 }, (_, index) => `note ${index}`);
  const failing =
    (code: string): Http2Handler =>
    (stream) => {
      stream.session?.socket; // the session is up; the frames below leave in one write
      answer(stream, notes(...texts), { 'grpc-status': code, 'grpc-message': 'after all' });
    };

  it.each([
    ['a reader that is quick', undefined],
    ['a reader that is slow', () => new Promise<void>((resolve) => setTimeout(resolve, 2))],
  ])('all reach %s', async (_, pause) => {
    const talos = await connect(failing('13'));
    const result = await read(callServerStream(talos, follow, {}), pause);
    expect(result.texts).toEqual(texts);
    expect(result.error).toMatchObject({ status: 'internal', reason: 'after all' });
  });

  it('all reach a reader also when the status is none', async () => {
    const talos = await connect(failing('bogus'));
    const result = await read(callServerStream(talos, follow, {}));
    expect(result.texts).toEqual(texts);
    expect(result.error).toMatchObject({ status: 'unknown' });
  });

  it('do not reach a reader who left', async () => {
    const closed = deferred<number>();
    const talos = await connect((stream) => {
      stream.on('close', () => closed.resolve(stream.rstCode));
      failing('13')(stream, {}, stream.session as never);
    });
    for await (const _ of callServerStream(talos, follow, {})) break;
    await closed.promise;
  });

  it('do not reach a reader whose deadline passed', async () => {
    const talos = await connect(failing('13'));
    const stream = callServerStream(talos, follow, {}, { timeoutMs: 100 });
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { error } = await read(stream);
    // What had come is read; then it is the node's status, if that came first, or the deadline.
    expect(error).toMatchObject({ code: 'rpc' });
  });

  it('are not passed off as complete when the connection broke', async () => {
    const all = Array.from({ length: 20_000 }, (_, index) => `note number ${index}`);
    const sent = deferred();
    const talos = await connect((stream, _headers, session) => {
      answer(stream, notes(...all), { 'grpc-status': '13', 'grpc-message': 'after all' });
      stream.on('finish', () => sent.resolve());
      stream.on('close', () => session.destroy());
    });
    const stream = callServerStream(talos, follow, {});
    let read = 0;
    const error = await rejection<{ status: string; reason: string }>(
      (async () => {
        for await (const _ of stream) {
          read += 1;
          if (read === 1) {
            await sent.promise;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }
      })(),
    );
    if (error.reason === 'after all') expect(read).toBe(all.length);
    else expect(error).toMatchObject({ status: 'unavailable' });
  });
});

describe('requests to a hostile server', () => {
  async function* endless() {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      yield { text: 'x'.repeat(1000) };
    }
  }

  it.each([
    ['is reset', (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_CANCEL)],
    [
      'is answered with HTML',
      (stream: ServerHttp2Stream) => {
        stream.respond({ ':status': 502, 'content-type': 'text/html' });
        stream.end('<html></html>');
      },
    ],
    ['is answered twice', (stream: ServerHttp2Stream) => answer(stream, notes('a', 'b'))],
    ['is answered with nothing', (stream: ServerHttp2Stream) => answer(stream, Buffer.alloc(0))],
  ])('end when an upload %s', async (_, handle) => {
    const talos = await connect((stream) => stream.once('data', () => handle(stream)));
    const error = await rejection<TalosError>(
      callClientStream(talos, noteMethod('client-stream'), endless(), { timeoutMs: 5000 }),
    );
    expect(['rpc', 'protocol']).toContain(error.code);
    expect(error).not.toMatchObject({ status: 'deadline-exceeded' });
  });

  it('end when a duplex stream breaks', async () => {
    const talos = await connect((stream, _headers, session) => {
      stream.respond(grpcHeaders);
      stream.write(notes('one'));
      stream.once('data', () => session.destroy());
    });
    const { texts, error } = await read(callDuplex(talos, noteMethod('duplex'), endless()));
    expect(texts.length).toBeLessThanOrEqual(1);
    expect(error).toMatchObject({ status: 'unavailable' });
  });

  it('end when nobody reads them, at the deadline', async () => {
    const talos = await connect((stream) => {
      stream.pause();
    });
    const error = await rejection(
      callClientStream(talos, noteMethod('client-stream'), endless(), { timeoutMs: 200 }),
    );
    expect(error).toMatchObject({ status: 'deadline-exceeded' });
  });
});
