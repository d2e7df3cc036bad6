import { mkdtemp, rm } from 'node:fs/promises';
import { constants } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { callServerStream, callUnary } from '../../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import { plaintext } from '../../../src/runtime/credentials/index.js';
import { TalosClosedError } from '../../../src/runtime/errors/closed-error.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import type { GrpcTransportOptions } from '../../../src/runtime/grpc-transport.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { answer, noteFrame, startHttp2, startTcp, startTls } from '../../support/bare-servers.js';
import { cleanUp, deferred, rejection } from '../../support/lifecycle.js';
import { noteMethod } from '../../support/note-methods.js';
import {
  createTrust,
  echoNote,
  noteService,
  startNoteServer,
  type Trust,
} from '../../support/note-server.js';

const read = noteMethod('unary');
const idempotent = noteMethod('unary', { idempotency: 'idempotent' });
const unsafe = noteMethod('unary', { idempotency: 'unsafe' });
const follow = noteMethod('server-stream');

let trust: Trust;
const later = cleanUp(afterEach);

beforeAll(async () => {
  trust = await createTrust();
});

/** A client that begins with the first endpoint. */
function connect(
  endpoints: readonly { address: string }[],
  options: Partial<GrpcTransportOptions> = {},
): TalosClient {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  const talos = createTalosClient({
    endpoints: endpoints.map(({ address }) => address),
    credentials: trust.credentials,
    ...options,
  });
  random.mockRestore();
  later(() => talos.close());
  return talos;
}

async function named(name: string) {
  const state = { calls: 0 };
  const server = await startNoteServer(trust, {
    read(_, reply) {
      state.calls += 1;
      reply(null, { text: name });
    },
    follow(call) {
      state.calls += 1;
      call.write({ text: name });
      call.end();
    },
  });
  later(() => server.stop());
  return { address: server.address, port: server.port, stop: () => server.stop(), state };
}

/** An address where nobody listens. */
async function nobody() {
  const server = await startTcp();
  await server.stop();
  return server;
}

/** Takes calls and then does what `handle` does with them. */
async function bad(handle: Parameters<typeof startHttp2>[1]) {
  const state = { calls: 0 };
  const server = await startHttp2(trust, (stream, headers, session) => {
    state.calls += 1;
    handle(stream, headers, session);
  });
  later(() => server.stop());
  return { address: server.address, state };
}

const dying = () => bad((_stream, _headers, session) => session.destroy());

describe('an endpoint that cannot be reached', () => {
  it.each([
    ['read', read],
    ['idempotent', idempotent],
    ['unsafe', unsafe],
  ])('is passed over by a call that is %s: nothing was sent', async (_, method) => {
    const good = await named('good');
    const talos = connect([await nobody(), good]);
    expect(await callUnary(talos.node('10.0.0.2'), method, {})).toEqual({ text: 'good' });
    expect(good.state.calls).toBe(1);
  });

  it('is passed over by a stream', async () => {
    const talos = connect([await nobody(), await named('good')]);
    expect(await collect(callServerStream(talos, follow, {}))).toEqual([{ text: 'good' }]);
  });

  it('does not hold calls up when it accepts and stays silent', async () => {
    const silent = await startTcp();
    later(() => silent.stop());
    const talos = connect([silent, await named('good')], { connectTimeoutMs: 60_000 });
    // The other endpoint joins in long before the deadline.
    expect(await callUnary(talos, read, {}, { timeoutMs: 10_000 })).toEqual({ text: 'good' });
    expect(silent.connections).toBe(1);
  });

  it('is said by all endpoints when none can be reached', async () => {
    const [one, two] = [await nobody(), await nobody()];
    const talos = connect([one, two]);
    const error = await rejection<TalosRpcError>(callUnary(talos.node('10.0.0.2'), read, {}));
    expect(error).toMatchObject({
      status: 'unavailable',
      outcome: 'not-sent',
      category: 'retriable',
      node: '10.0.0.2',
      endpoint: undefined,
    });
    expect(error.reason).toBe(
      'no endpoint can be reached: ' +
        `no connection to ${one.address}: connect ECONNREFUSED ${one.address}; ` +
        `no connection to ${two.address}: connect ECONNREFUSED ${two.address}`,
    );
    expect(error.cause).toBeInstanceOf(AggregateError);
  });

  it('is named by the error when it is the only one, with the code of Node', async () => {
    const only = await nobody();
    const error = await rejection<TalosRpcError>(callUnary(connect([only]), read, {}));
    expect(error).toMatchObject({
      status: 'unavailable',
      endpoint: only.address,
      cause: { problem: 'interrupted', code: 'ECONNREFUSED' },
    });
  });

  it('by its name is said with the code of the resolver', async () => {
    const talos = connect([{ address: 'no-such-host.invalid:50000' }]);
    const error = await rejection<TalosRpcError>(callUnary(talos, read, {}));
    expect(error.status).toBe('unavailable');
    expect(error.reason).toMatch(
      /^no connection to no-such-host\.invalid:50000: getaddrinfo E[A-Z_]+ no-such-host\.invalid$/,
    );
  });

  it('is left alone for a while, and calls fail at once', async () => {
    const closing = await startTcp((socket) => socket.destroy());
    later(() => closing.stop());
    const talos = connect([closing], {
      backoff: { firstMs: 60_000, maxMs: 60_000 },
    });
    const first = await rejection<TalosRpcError>(callUnary(talos, read, {}));
    const second = await rejection<TalosRpcError>(callUnary(talos, read, {}));
    expect(second.reason).toBe(first.reason);
    expect(closing.connections).toBe(1);
  });

  it('is tried again soon, and is back when it is back', async () => {
    const gone = await nobody();
    const talos = connect([gone], { backoff: { firstMs: 20 } });
    await rejection(callUnary(talos, read, {}));
    const server = await startNoteServer(trust, {}, { port: gone.port });
    later(() => server.stop());
    await expect.poll(() => callUnary(talos, read, { text: 'back' })).toEqual({ text: 'back' });
  });
});

describe('connecting', () => {
  it('has its own time limit, in which the peer has to speak TLS', async () => {
    const silent = await startTcp();
    later(() => silent.stop());
    const talos = connect([silent], { connectTimeoutMs: 150 });
    const error = await rejection<TalosRpcError>(callUnary(talos, read, {}));
    expect(error).toMatchObject({ status: 'unavailable', endpoint: silent.address });
    expect(error.reason).toBe(
      `no connection to ${silent.address} within 150 ms: the connection was accepted, but the ` +
        'TLS handshake went unanswered',
    );
  });

  it('has its own time limit, in which the peer has to speak HTTP/2', async () => {
    const silent = await startTls(trust);
    later(() => silent.stop());
    const talos = connect([silent], { connectTimeoutMs: 150 });
    const error = await rejection<TalosRpcError>(callUnary(talos, read, {}));
    expect(error.reason).toMatch(/the connection was accepted, but HTTP\/2 went unanswered$/);
  });

  it('counts towards the deadline of the call, which says so', async () => {
    const silent = await startTcp();
    later(() => silent.stop());
    const talos = connect([silent]);
    const error = await rejection<TalosRpcError>(callUnary(talos, read, {}, { timeoutMs: 100 }));
    expect(error).toMatchObject({
      status: 'deadline-exceeded',
      outcome: 'not-sent',
      endpoint: undefined,
    });
    expect(error.reason).toBe(
      `no reply within 100 ms; still connecting to ${silent.address}: the connection was ` +
        'accepted, but the TLS handshake went unanswered',
    );
  });

  it('ends for a call by its signal', async () => {
    const accepted = deferred();
    const silent = await startTcp(() => accepted.resolve());
    later(() => silent.stop());
    const talos = connect([silent]);
    const controller = new AbortController();
    const call = rejection(callUnary(talos, read, {}, { signal: controller.signal }));
    await accepted.promise;
    controller.abort('never mind');
    expect(await call).toBe('never mind');
  });

  it('ends when the client is closed, and the sockets are gone', async () => {
    const accepted = deferred();
    const closed = deferred();
    const silent = await startTcp((socket) => {
      socket.on('end', () => closed.resolve()).resume();
      accepted.resolve();
    });
    later(() => silent.stop());
    const talos = connect([silent]);
    const call = rejection(callUnary(talos, read, {}));
    await accepted.promise;
    await talos.close();
    expect(await call).toBeInstanceOf(TalosClosedError);
    await closed.promise;
  });

  it('is over when the client is closed, though the peer keeps its side open', async () => {
    const server = await named('real');
    const relayed = deferred<Socket>();
    const relay = await startTcp((socket) => {
      const upstream = connectTcp(server.port, '127.0.0.1');
      upstream.on('error', () => {});
      upstream.on('data', (data) => socket.write(data));
      socket.on('data', (data) => upstream.write(data));
      relayed.resolve(socket);
    });
    later(() => relay.stop());
    const talos = connect([relay]);
    expect(await callUnary(talos, read, {})).toEqual({ text: 'real' });
    const socket = await relayed.promise;
    await talos.close();
    // The relay's own side is open still; writing shows that the other one is gone for good.
    const write = () => new Promise((resolve) => socket.write('anybody there?', resolve));
    await expect.poll(write).toBeInstanceOf(Error);
  });

  it('works by unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'talos-client-'));
    later(() => rm(folder, { recursive: true }));
    const path = join(folder, 'api.sock');
    const server = new Server();
    server.addService({ read: { ...noteService.read, path: read.path } }, { read: echoNote });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    later(() => server.forceShutdown());
    const talos = connect([{ address: `unix://${path}` }], { credentials: plaintext() });
    expect(talos.endpoints).toEqual([`unix:${path}`]);
    expect(await callUnary(talos, read, { text: 'unix' })).toEqual({ text: 'unix' });
  });

  it('works by name and by IPv6', async () => {
    const six = await startNoteServer(trust, {}, { host: '[::1]' });
    later(() => six.stop());
    const byAddress = connect([{ address: `[::1]:${six.port}` }]);
    expect(await callUnary(byAddress, read, { text: 'six' })).toEqual({ text: 'six' });
    const four = await named('four');
    const byName = connect([{ address: `localhost:${four.port}` }]);
    expect(await callUnary(byName, read, {})).toEqual({ text: 'four' });
  });
});

describe('a connection that breaks during a call', () => {
  it.each([
    ['read', read],
    ['idempotent', idempotent],
  ])('sends a call that is %s to the next endpoint', async (_, method) => {
    const [first, second] = [await dying(), await named('second')];
    const talos = connect([first, second]);
    expect(await callUnary(talos.node('10.0.0.2'), method, {})).toEqual({ text: 'second' });
    expect([first.state.calls, second.state.calls]).toEqual([1, 1]);
  });

  it('fails an idempotent call that names no node: the next connection may lead to another', async () => {
    const only = await dying();
    const error = await rejection<TalosRpcError>(callUnary(connect([only]), idempotent, {}));
    expect(error).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    expect(only.state.calls).toBe(1);
  });

  it('fails an idempotent call for several nodes', async () => {
    const [first, second] = [await dying(), await named('second')];
    const metadata = { nodes: ['10.0.0.2', '10.0.0.3'] };
    const call = callUnary(connect([first, second]), idempotent, {}, { metadata });
    expect(await rejection(call)).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    expect([first.state.calls, second.state.calls]).toEqual([1, 0]);
  });

  it('is not forgotten when the call then finds no endpoint', async () => {
    const [first, second] = [await dying(), await nobody()];
    const call = callUnary(connect([first, second]).node('10.0.0.2'), idempotent, {});
    expect(await rejection(call)).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
  });

  it('fails a call that is unsafe: the node may have acted', async () => {
    const [first, second] = [await dying(), await named('second')];
    const talos = connect([first, second]);
    const error = await rejection<TalosRpcError>(callUnary(talos.node('10.0.0.2'), unsafe, {}));
    expect(error).toMatchObject({
      status: 'unavailable',
      outcome: 'unknown',
      endpoint: first.address,
      reason: `the connection to ${first.address} broke during the call`,
    });
    expect([first.state.calls, second.state.calls]).toEqual([1, 0]);
  });

  it('sends a stream to the next endpoint before its first reply', async () => {
    const [first, second] = [await dying(), await named('second')];
    const talos = connect([first, second]);
    expect(await collect(callServerStream(talos, follow, {}))).toEqual([{ text: 'second' }]);
  });

  it('fails a stream after its first reply', async () => {
    const first = await bad((stream, _headers, session) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write(noteFrame('one'), () => setImmediate(() => session.destroy()));
    });
    const talos = connect([first, await named('second')]);
    const stream = callServerStream(talos, follow, {});
    expect(await stream.next()).toEqual({ done: false, value: { text: 'one' } });
    expect(await rejection(stream.next())).toMatchObject({
      status: 'unavailable',
      endpoint: first.address,
    });
  });

  it('is tried a bounded number of times', async () => {
    const endpoints = [await dying(), await dying()];
    const talos = connect(endpoints, { retryBudget: { client: 2 } });
    const error = await rejection(callUnary(talos, read, {}));
    expect(error).toMatchObject({ status: 'unavailable', attempts: 3, budgetSpent: true });
    expect(endpoints.reduce((sum, { state }) => sum + state.calls, 0)).toBe(3);
  });

  it('is replaced for the next call', async () => {
    const server = await startNoteServer(trust);
    const talos = connect([server]);
    await callUnary(talos, read, {});
    server.stop();
    const again = await startNoteServer(trust, {}, { port: server.port });
    later(() => again.stop());
    await expect.poll(() => callUnary(talos, read, { text: 'again' })).toEqual({ text: 'again' });
  });
});

describe('an endpoint that refuses the stream', () => {
  it.each([
    ['read', read],
    ['unsafe', unsafe],
  ])('is passed over by a call that is %s: the node did not look at it', async (_, method) => {
    const first = await bad((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
    const second = await named('second');
    const talos = connect([first, second]);
    expect(await callUnary(talos.node('10.0.0.2'), method, {})).toEqual({ text: 'second' });
    expect(second.state.calls).toBe(1);
  });

  it('alone fails the call in the end', async () => {
    const only = await bad((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
    expect(await rejection(callUnary(connect([only]), read, {}))).toMatchObject({
      status: 'unavailable',
      outcome: 'not-sent',
      reason: `${only.address} refused the call before looking at it`,
    });
  });
});

describe('several endpoints', () => {
  it('take turns once they are connected', async () => {
    const servers = [await named('a'), await named('b'), await named('c')];
    const talos = connect(servers);
    while (servers.some(({ state }) => state.calls === 0)) await callUnary(talos, read, {});
    for (const { state } of servers) state.calls = 0;
    for (let call = 0; call < 30; call += 1) await callUnary(talos, read, {});
    expect(servers.map(({ state }) => state.calls)).toEqual([10, 10, 10]);
  });

  it('begin anywhere', async () => {
    const servers = [await named('a'), await named('b')];
    const first = new Set<string>();
    for (let count = 0; count < 60 && first.size < 2; count += 1) {
      const talos = createTalosClient({
        endpoints: servers.map(({ address }) => address),
        credentials: trust.credentials,
      });
      first.add((await callUnary(talos, read, {})).text);
      await talos.close();
    }
    expect(first.size).toBe(2);
  });

  it('named twice are one', async () => {
    const server = await named('a');
    const talos = connect([server, server, { address: `grpc://${server.address}` }]);
    expect(talos.endpoints).toEqual([server.address]);
  });

  it('lose one that stops, and have it back when it is back', async () => {
    const [a, b] = [await named('a'), await named('b')];
    const talos = connect([a, b], { backoff: { firstMs: 20 } });
    const text = async () => (await callUnary(talos, read, {})).text;
    await expect.poll(text).toBe('a');
    await expect.poll(text).toBe('b');
    a.stop();
    for (let call = 0; call < 10; call += 1) expect(['a', 'b']).toContain(await text());
    expect(await text()).toBe('b');
    const again = await startNoteServer(
      trust,
      { read: (_, reply) => reply(null, { text: 'a again' }) },
      { port: a.port },
    );
    later(() => again.stop());
    // It failed several times in a row, and was left out for a second.
    await expect.poll(text, { timeout: 20_000 }).toBe('a again');
  });
});

describe('a node that says goodbye (GOAWAY)', () => {
  it('ends its open streams well, and new calls connect anew', async () => {
    const go = deferred();
    const open = deferred();
    let sessions = 0;
    const server = await startHttp2(trust, (stream, headers, session) => {
      if (headers[':path'] === read.path) return answer(stream, noteFrame('unary'));
      sessions += 1;
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.write(noteFrame('one'));
      session.goaway(constants.NGHTTP2_NO_ERROR);
      open.resolve();
      void go.promise.then(() => stream.end(noteFrame('two')));
    });
    later(() => server.stop());
    const talos = connect([server]);
    const stream = callServerStream(talos, follow, {});
    expect((await stream.next()).value).toEqual({ text: 'one' });
    await open.promise;
    await expect
      .poll(async () => {
        await callUnary(talos, read, {});
        return server.connections;
      })
      .toBe(2);
    go.resolve();
    expect(await collect(stream)).toEqual([{ text: 'two' }]);
    expect(sessions).toBe(1);
  });
});
