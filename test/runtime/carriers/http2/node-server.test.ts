import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTalosClient, plaintext, type TalosClient } from '../../../../src/http2.js';
import { callClientStream, callServerStream, callUnary } from '../../../../src/runtime/call.js';
import { toBytes } from '../../../../src/runtime/codec.js';
import { collect } from '../../../../src/runtime/streams/collect.js';
import { frame } from '../../../support/bare-servers.js';
import { encodeNote, noteMethod } from '../../../support/note-methods.js';

const { PADDING_STRATEGY_MAX } = http2.constants;
// The types of Node 20 do not know it.
const PADDING_STRATEGY_ALIGNED = 1;
const read = noteMethod('unary');
const follow = noteMethod('server-stream');
const upload = noteMethod('client-stream');

/** Strings of very different lengths. */
const texts = [0, 1, 100, 16_370, 16_384, 70_000, 3].map((length) => 'ä'.repeat(length / 2));

const noteFrame = (text: string) => frame(toBytes(encodeNote, { text }));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Answers a stream with the notes of `texts`, or with one that says how much came. */
function answer(stream: http2.ServerHttp2Stream, path: string, received: () => number): void {
  const notes = path.endsWith('Follow') ? texts : [`${received()}`];
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'set-cookie': ['a=1', 'b=2'] },
    { waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  for (const note of notes) stream.write(noteFrame(note));
  stream.end();
}

/** A server of notes over `node:http2`, and a client of it. */
async function connect(
  options: http2.ServerOptions,
  onSession: (session: http2.ServerHttp2Session) => void = () => {},
): Promise<TalosClient> {
  const server = http2.createServer(options);
  const sessions: http2.ServerHttp2Session[] = [];
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => {});
    onSession(session);
  });
  server.on('stream', (stream, { ':path': path = '' }) => {
    let received = 0;
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    stream.on('end', () => {
      if (!stream.destroyed) answer(stream, path, () => received);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const talos = createTalosClient({
    endpoints: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
    credentials: plaintext(),
    timeoutMs: 30_000,
  });
  closers.push(
    () => talos.close(),
    () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  );
  return talos;
}

/** Makes calls of all kinds, several at a time, twice. */
async function callAll(talos: TalosClient): Promise<void> {
  const sizes = texts.map((text) => noteFrame(text).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (let turn = 0; turn < 2; turn += 1) {
    const [one, many, sent] = await Promise.all([
      Promise.all(texts.map((text) => callUnary(talos, read, { text }))),
      collect(callServerStream(talos, follow, {})),
      callClientStream(
        talos,
        upload,
        texts.map((text) => ({ text })),
      ),
    ]);
    expect(one.map(({ text }) => text)).toEqual(sizes.map(String));
    expect(many.map(({ text }) => text)).toEqual(texts);
    expect(sent.text).toBe(`${total}`);
  }
}

describe('over HTTP/2 of Node, all kinds of calls are answered', () => {
  it.each<[string, http2.ServerOptions]>([
    ['as it is', {}],
    ['with as much padding as fits', { paddingStrategy: PADDING_STRATEGY_MAX }],
    ['with padding to whole words', { paddingStrategy: PADDING_STRATEGY_ALIGNED }],
    ['with windows of 100 bytes', { settings: { initialWindowSize: 100 } }],
    ['with windows that are closed at first', { settings: { initialWindowSize: 0 } }],
    ['with one stream at a time', { settings: { maxConcurrentStreams: 1 } }],
    ['with a header table of no size', { settings: { headerTableSize: 0 } }],
    ['with a large header table', { settings: { headerTableSize: 65_536 } }],
    ['with large frames', { settings: { maxFrameSize: 2 ** 24 - 1 } }],
    ['with settings that nobody knows', { settings: { enableConnectProtocol: true } }],
  ])('%s', async (_, options) => {
    await callAll(
      await connect(options, (session) => {
        // Opens the windows, once the client has seen them closed.
        if (options.settings?.initialWindowSize !== 0) return;
        session.once('localSettings', () => session.settings({ initialWindowSize: 65_535 }));
      }),
    );
  });

  it('while its settings change', async () => {
    let session: http2.ServerHttp2Session | undefined;
    const talos = await connect({}, (opened) => {
      session = opened;
    });
    const calls = callAll(talos);
    for (const initialWindowSize of [1, 0, 70_000, 0, 10, 65_535]) {
      // A closed window holds back even the smallest call.
      if (session?.localSettings.initialWindowSize !== 0)
        await callUnary(talos, read, { text: '' });
      const changed = once(session as http2.ServerHttp2Session, 'localSettings');
      session?.settings({ initialWindowSize, headerTableSize: initialWindowSize });
      await changed;
    }
    await calls;
  });

  it('beside frames that say nothing about calls', async () => {
    const talos = await connect({}, (session) => {
      session.altsvc('h2=":8000"', 'https://10.0.0.2:50000');
      session.origin('https://10.0.0.2');
      session.ping(() => {});
    });
    await callAll(talos);
  });

  it('on a new connection each time, from a server that leaves after each call', async () => {
    let sessions = 0;
    const talos = await connect({}, (session) => {
      sessions += 1;
      session.once('stream', () => session.goaway(0, 2 ** 31 - 1));
    });
    for (let count = 0; count < 3; count += 1) {
      await expect(callUnary(talos, read, { text: 'a' })).resolves.toEqual({ text: '8' });
    }
    expect(sessions).toBe(3);
  });
});
