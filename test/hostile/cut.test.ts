import { connect as connectTcp, type Socket } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { callServerStream, callUnary } from '../../src/runtime/call.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { type Credentials, plaintext } from '../../src/runtime/credentials/index.js';
import { type AnyTalosError, isTalosError } from '../../src/runtime/errors/any-error.js';
import { collect } from '../../src/runtime/streams/collect.js';
import { noteFrame, startTcp } from '../support/bare-servers.js';
import { noteMethod } from '../support/note-methods.js';
import { createTrust, startNoteServer, type Trust } from '../support/note-server.js';
import { grpcData, grpcHead, grpcTail, serveRaw } from '../support/raw-http2.js';
import { hello } from './behaviours/index.js';

const act = noteMethod('unary', { idempotency: 'unsafe' });
const follow = noteMethod('server-stream');

/** A good answer, which is cut after each of its bytes. */
const answer = (stream: number): Buffer =>
  Buffer.concat([grpcHead(stream), grpcData(stream, noteFrame('a')), grpcTail(stream)]);
const whole = hello.length + answer(1).length;

type Ending = (socket: Socket) => void;

const closes: Ending = (socket) => socket.end();
const resets: Ending = (socket) => socket.resetAndDestroy();
const staysSilent: Ending = () => {};

/** What a call gets from the server at `address`. */
async function outcome(
  address: string,
  credentials: Credentials,
  kind: 'unary' | 'stream',
  timeoutMs: number,
): Promise<unknown> {
  const talos = createTalosClient({ endpoints: [address], credentials, retry: false });
  const call =
    kind === 'unary'
      ? callUnary(talos, act, {}, { timeoutMs })
      : collect(callServerStream(talos, follow, {}, { timeoutMs }));
  const result = await call.catch((error: unknown) => error);
  await talos.close();
  return result;
}

/** A server that sends `bytes` bytes of its part of the conversation, and then ends it. */
function startCut(bytes: number, end: Ending) {
  return startTcp((socket) => {
    const send = (part: Buffer, from: number): void => {
      const left = Math.max(bytes - from, 0);
      if (left > 0) socket.write(part.subarray(0, left));
      if (left < part.length) end(socket);
    };
    serveRaw(socket, {
      hello: hello.subarray(0, bytes),
      request: (stream) => send(answer(stream), hello.length),
    });
    // The rest of the greeting will not come.
    if (bytes < hello.length) socket.once('data', () => setImmediate(end, socket));
  });
}

/** Runs `run` for each number, some at a time. */
async function each(numbers: readonly number[], run: (number: number) => Promise<void>) {
  const left = [...numbers];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await run(next);
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

function word(result: unknown): string {
  if (!isTalosError(result)) return `no error of this library: ${result}`;
  const error: AnyTalosError = result;
  return error.code === 'rpc' ? error.status : error.code;
}

const upTo = (count: number, step = 1): number[] =>
  Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);

describe.each(['unary', 'stream'] as const)('an answer to a %s call', (kind) => {
  it.each([
    ['the connection closes', closes, 10_000, ['unavailable']],
    ['the connection is reset', resets, 10_000, ['unavailable']],
    ['nothing more comes', staysSilent, 150, ['deadline-exceeded']],
  ] as const)('that is cut at each byte, and then %s, is an error', async (_, end, ms, words) => {
    await each(upTo(whole), async (bytes) => {
      const server = await startCut(bytes, end);
      const result = await outcome(server.address, plaintext(), kind, ms);
      await server.stop();
      expect(words, `after ${bytes} of ${whole} bytes: ${result}`).toContain(word(result));
    });
  });

  it('that is whole is none', async () => {
    const server = await startCut(whole, closes);
    const result = await outcome(server.address, plaintext(), kind, 10_000);
    await server.stop();
    expect(result).toEqual(kind === 'unary' ? { text: 'a' } : [{ text: 'a' }]);
  });
});

describe('TLS', () => {
  let trust: Trust;
  beforeAll(async () => {
    trust = await createTrust();
  });

  /** Passes `bytes` bytes of what the server says on, and then ends the conversation. */
  async function startRelay(port: number, bytes: number, end: Ending) {
    let passed = 0;
    const relay = await startTcp((client) => {
      const server = connectTcp(port, '127.0.0.1');
      let left = bytes;
      passed = 0;
      server.on('error', () => {});
      client.on('data', (data) => server.write(data));
      client.on('close', () => server.destroy());
      server.on('data', (data) => {
        if (left === 0) return;
        const part = data.subarray(0, left);
        left -= part.length;
        passed += part.length;
        client.write(part);
        if (left === 0) end(client);
      });
      if (left === 0) end(client);
    });
    return { ...relay, passed: () => passed };
  }

  it.each([
    ['the connection closes', closes, 10_000, 7, ['unavailable']],
    ['nothing more comes', staysSilent, 150, 29, ['deadline-exceeded']],
  ] as const)('that is cut anywhere, and then %s, is an error', async (_, end, ms, step, words) => {
    const server = await startNoteServer(trust);
    const through = await startRelay(server.port, Infinity, end);
    expect(await outcome(through.address, trust.credentials, 'unary', 10_000)).toEqual({
      text: '',
    });
    const size = through.passed();
    await through.stop();
    // The very last bytes are the goodbye of both sides; sizes of signatures vary by some bytes.
    await each(upTo(size - 60, step), async (bytes) => {
      const relay = await startRelay(server.port, bytes, end);
      const result = await outcome(relay.address, trust.credentials, 'unary', ms);
      await relay.stop();
      expect(words, `after ${bytes} of ${size} bytes: ${result}`).toContain(word(result));
    });
    server.stop();
  });
});
