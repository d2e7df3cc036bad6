import { connect as connectTcp, type Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/pki/index.js';
import { callUnary } from '../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../src/runtime/client.js';
import { type Credentials, plaintext } from '../../src/runtime/credentials/index.js';
import type { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import { answer, noteFrame, startHttp2, startTcp, startTls } from '../support/bare-servers.js';
import { carrier } from '../support/carrier.js';
import { cleanUp, deferred, rejection } from '../support/lifecycle.js';
import { noteMethod } from '../support/note-methods.js';
import { createTrust, startNoteServer, type Trust } from '../support/note-server.js';

const read = noteMethod('unary');
const later = cleanUp(afterEach);

let trust: Trust;
beforeAll(async () => {
  trust = await createTrust();
});

function client(address: string, credentials: Credentials = trust.credentials): TalosClient {
  const talos = createTalosClient({
    endpoints: [address],
    credentials,
    backoff: { firstMs: 1 },
  });
  later(() => talos.close());
  return talos;
}

const call = (talos: TalosClient) =>
  rejection<TalosRpcError>(callUnary(talos, read, {}, { timeoutMs: 5000 }));

describe('a peer that does not speak TLS', () => {
  it.each([
    ['closes at once', (socket: Socket) => socket.destroy()],
    ['closes its side at once', (socket: Socket) => socket.end()],
    ['resets at once', (socket: Socket) => socket.resetAndDestroy()],
    ['says hello like SSH', (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'answers like HTTP/1.1',
      (socket: Socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      },
    ],
    ['answers with zeros', (socket: Socket) => socket.write(Buffer.alloc(4096))],
    [
      'answers with noise',
      (socket: Socket) => {
        socket.write(Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 73) % 256)));
      },
    ],
    [
      'sends a TLS alert',
      (socket: Socket) => {
        socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40])));
      },
    ],
    [
      'breaks off in a TLS record',
      (socket: Socket) => {
        socket.once('data', () => socket.end(Buffer.from([22, 3, 3, 0, 100, 2, 0])));
      },
    ],
  ])('and %s', async (_, handle) => {
    const server = await startTcp(handle);
    later(() => server.stop());
    expect(await call(client(server.address))).toMatchObject({
      code: 'rpc',
      status: 'unavailable',
      endpoint: server.address,
    });
  });
});

describe('a peer that does not speak HTTP/2', () => {
  it.each([
    ['closes after the handshake', (socket: Socket) => socket.destroy()],
    [
      'answers like HTTP/1.1',
      (socket: Socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      },
    ],
    ['answers with zeros', (socket: Socket) => socket.write(Buffer.alloc(65_536))],
    [
      'says goodbye first',
      (socket: Socket) => {
        socket.write(Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]));
      },
    ],
  ])('and %s', async (_, handle) => {
    const server = await startTls(trust, handle);
    later(() => server.stop());
    expect(await call(client(server.address))).toMatchObject({
      code: 'rpc',
      status: 'unavailable',
      endpoint: server.address,
    });
  });
});

describe('a peer that turns bad', () => {
  /** Passes everything on to `port`, until the test has other ideas. */
  async function startRelay(port: number) {
    const pairs: { client: Socket; server: Socket; muted: boolean }[] = [];
    const relay = await startTcp((client) => {
      const server = connectTcp(port, '127.0.0.1');
      const pair = { client, server, muted: false };
      pairs.push(pair);
      server.on('error', () => {});
      server.on('close', () => client.destroy());
      server.on('data', (data) => pair.muted || client.write(data));
      client.on('data', (data) => pair.muted || server.write(data));
    });
    later(() => {
      for (const { server } of pairs) server.destroy();
      return relay.stop();
    });
    return { address: relay.address, pairs };
  }

  it('and writes noise into the connection, is left for a new one', async () => {
    const called = deferred();
    let calls = 0;
    const server = await startHttp2(undefined, (stream) => {
      calls += 1;
      if (calls === 1) called.resolve();
      else answer(stream, noteFrame('anew'));
    });
    later(() => server.stop());
    const { address, pairs } = await startRelay(server.port);
    const talos = client(address, plaintext());
    const first = callUnary(talos, read, {}, { timeoutMs: carrier === 'grpc-js' ? 300 : 20_000 });
    await called.promise;
    for (const pair of pairs) pair.client.write(Buffer.alloc(100, 0xee));
    // Node's client says goodbye, and then, in most releases, neither reads on nor notices that the
    // peer is gone.
    const [outcome] = await Promise.allSettled([first]);
    if (carrier === 'grpc-js' && outcome.status === 'rejected') {
      expect(outcome.reason).toMatchObject({ code: 'rpc' });
    } else expect(outcome).toMatchObject({ value: { text: 'anew' } });
    // The question whether it is alive takes as long as a poll does by itself.
    await expect
      .poll(() => callUnary(talos, read, {}, { timeoutMs: 300 }), { timeout: 10_000 })
      .toEqual({ text: 'anew' });
  });

  it('and is gone without a word, costs one call its deadline, not every call', async () => {
    const server = await startNoteServer(trust);
    later(() => server.stop());
    const { address, pairs } = await startRelay(server.port);
    const talos = client(address);
    await callUnary(talos, read, {});
    // What the server still has to say about that one arrives before the next one begins.
    let received: number | undefined;
    await expect
      .poll(
        () => {
          const before = received;
          received = pairs[0]?.client.bytesWritten;
          return received === before;
        },
        { interval: 50 },
      )
      .toBe(true);
    for (const pair of pairs) pair.muted = true;
    const lost = await rejection(callUnary(talos, read, {}, { timeoutMs: 150 }));
    expect(lost).toMatchObject({ status: 'deadline-exceeded', endpoint: address });
    expect(await callUnary(talos, read, { text: 'anew' }, { timeoutMs: 5000 })).toEqual({
      text: 'anew',
    });
    expect(pairs).toHaveLength(2);
  });

  it('and comes back with the certificate of somebody else', async () => {
    const first = await startNoteServer(trust);
    const talos = client(first.address);
    expect(await callUnary(talos, read, { text: 'a' })).toEqual({ text: 'a' });
    first.stop();
    const stranger = createAuthority();
    const fake = stranger.issueServer({ names: ['127.0.0.1'] });
    const second = await startNoteServer({ ...trust, server: fake }, {}, { port: first.port });
    later(() => second.stop());
    await expect
      .poll(async () => (await call(talos)).cause)
      .toMatchObject({ problem: 'untrusted' });
  });

  it('and comes back with a certificate renewed by the same CA', async () => {
    const first = await startNoteServer(trust);
    const talos = client(first.address);
    await callUnary(talos, read, {});
    first.stop();
    const renewed = trust.authority.issueServer({ names: ['127.0.0.1'] });
    const second = await startNoteServer({ ...trust, server: renewed }, {}, { port: first.port });
    later(() => second.stop());
    await expect.poll(() => callUnary(talos, read, { text: 'b' })).toEqual({ text: 'b' });
  });

  it('and ends every connection after one call', async () => {
    const server = await startHttp2(undefined, (stream, _headers, session) => {
      answer(stream, noteFrame('once'));
      stream.on('close', () => session.destroy());
    });
    later(() => server.stop());
    const talos = client(server.address, plaintext());
    for (let round = 0; round < 20; round += 1) {
      expect(await callUnary(talos, read, {})).toEqual({ text: 'once' });
    }
  });
});
