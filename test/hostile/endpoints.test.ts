import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { callServerStream, callUnary } from '../../src/runtime/call.js';
import {
  type ConnectOptions,
  createTalosClient,
  type TalosClient,
} from '../../src/runtime/client.js';
import { mtls, plaintext } from '../../src/runtime/credentials/index.js';
import { Dialling } from '../../src/runtime/dial/dialler.js';
import { parseEndpoint } from '../../src/runtime/dial/endpoint.js';
import { proxying } from '../../src/runtime/dial/proxy/proxying.js';
import type { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';

import { answer, grpcHeaders, noteFrame, startHttp2, startTcp } from '../support/bare-servers.js';
import { cleanUp, deferred, rejection } from '../support/lifecycle.js';
import { noteMethod } from '../support/note-methods.js';
import { createTrust, type Trust } from '../support/note-server.js';
import { flags, goaway, h2, serveRaw, settings, types } from '../support/raw-http2.js';

const read = noteMethod('unary');
const follow = noteMethod('server-stream');
const later = cleanUp(afterEach);

let trust: Trust;
beforeAll(async () => {
  trust = await createTrust();
});
afterEach(() => {
  vi.restoreAllMocks();
});

function client(address: string, options: Partial<ConnectOptions> = {}): TalosClient {
  const talos = createTalosClient({
    endpoints: [address],
    credentials: plaintext(),
    proxy: 'direct',
    retry: false,
    ...options,
  });
  later(() => talos.close());
  return talos;
}

/** Leaves an endpoint that failed alone for this long at first, and at most. */
const resting = (firstMs: number, mostMs = 600_000) => ({
  backoff: { firstMs, maxMs: mostMs },
});

/** Time that passes only when the test says so. */
function stillTime() {
  let ms = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => ms);
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  return (passed: number) => {
    ms += passed;
  };
}

const fails = (talos: TalosClient) =>
  rejection<TalosRpcError>(callUnary(talos, read, {}, { timeoutMs: 20_000 }));

describe('an endpoint that accepts and says goodbye at once', () => {
  it('is left alone after two times, and calls end with the reason', async () => {
    const hello = Buffer.concat([settings, h2(types.settings, flags.ack, 0), goaway(0, 0)]);
    const server = await startTcp((socket) => serveRaw(socket, { hello }));
    later(() => server.stop());
    const talos = client(server.address, resting(60_000));
    for (let call = 0; call < 300; call += 1) {
      const error = await fails(talos);
      expect(error).toMatchObject({ code: 'rpc', status: 'unavailable', endpoint: server.address });
      expect(error.message).toMatch(/ended the connection|no connection to|broke/);
    }
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('is not left alone as long as it answers', async () => {
    const server = await startHttp2(undefined, (stream, _headers, session) => {
      answer(stream, noteFrame('once'));
      stream.on('close', () => session.goaway());
    });
    later(() => server.stop());
    // A call may begin on a connection whose goodbye is on its way: it is made again.
    const talos = client(server.address, { ...resting(60_000), retry: {} });
    for (let call = 0; call < 10; call += 1) {
      expect(await callUnary(talos, read, {})).toEqual({ text: 'once' });
    }
  });
});

describe('a call that hits its deadline', () => {
  it('costs no connection when the peer is only slow', async () => {
    const asked = { pings: 0, settings: 0 };
    const watched = new Set<unknown>();
    const server = await startHttp2(undefined, (stream, _headers, session) => {
      if (!watched.has(session)) {
        watched.add(session);
        session.on('ping', () => {
          asked.pings += 1;
        });
        session.on('remoteSettings', () => {
          asked.settings += 1;
        });
      }
      const slow = setTimeout(() => {
        if (!stream.destroyed) answer(stream, noteFrame('late'));
      }, 60_000);
      stream.on('close', () => clearTimeout(slow));
    });
    later(() => server.stop());
    const talos = client(server.address);
    for (let call = 0; call < 20; call += 1) {
      const error = await rejection(callUnary(talos, read, {}, { timeoutMs: 60 }));
      expect(error).toMatchObject({ status: 'deadline-exceeded' });
    }
    expect(server.connections).toBe(1);
    // More pings than that without traffic of its own a node does not take.
    expect(asked.pings).toBe(3);
    expect(asked.settings).toBeGreaterThan(0);
  });

  it('leaves streams on the connection alone', async () => {
    const go = deferred();
    const server = await startHttp2(undefined, (stream, headers) => {
      if (headers[':path'] !== follow.path) return;
      stream.respond(grpcHeaders);
      stream.write(noteFrame('one'));
      void go.promise.then(() => stream.write(noteFrame('two')));
    });
    later(() => server.stop());
    const talos = client(server.address);
    const stream = callServerStream(talos, follow, {});
    await stream.next();
    await rejection(callUnary(talos, read, {}, { timeoutMs: 60 }));
    go.resolve();
    expect(await stream.next()).toEqual({ done: false, value: { text: 'two' } });
    expect(server.connections).toBe(1);
    stream.cancel();
  });

  it('costs the connection when the peer answers nothing at all', async () => {
    let mute = false;
    const hello = Buffer.concat([settings, h2(types.settings, flags.ack, 0)]);
    const server = await startTcp((socket) =>
      serveRaw(socket, {
        hello,
        request: () => {
          mute = true;
        },
      }),
    );
    later(() => server.stop());
    const talos = client(server.address, resting(1, 1));
    await rejection(callUnary(talos, read, {}, { timeoutMs: 60 }));
    expect(mute).toBe(true);
    await expect
      .poll(async () => {
        await rejection(callUnary(talos, read, {}, { timeoutMs: 60 }));
        return server.connections;
      })
      .toBeGreaterThan(1);
  });
});

describe('an endpoint that failed', () => {
  async function closing() {
    const server = await startTcp((socket) => socket.destroy());
    later(() => server.stop());
    return server;
  }

  it('is left alone longer with each failure in a row, up to a limit', async () => {
    const pass = stillTime();
    const server = await closing();
    const talos = client(server.address, resting(1000, 2000));
    const connectionsAfter = async (ms: number) => {
      pass(ms);
      await fails(talos);
      return server.connections;
    };
    expect(await connectionsAfter(0)).toBe(1);
    expect(await connectionsAfter(999)).toBe(1);
    expect(await connectionsAfter(2)).toBe(2); // for 1600 ms
    expect(await connectionsAfter(1001)).toBe(2);
    expect(await connectionsAfter(600)).toBe(3); // for 2000 ms, not 2560
    expect(await connectionsAfter(1999)).toBe(3);
    expect(await connectionsAfter(2)).toBe(4);
  });

  it('is left alone no longer because somebody set the clock back', async () => {
    const server = await closing();
    const talos = client(server.address, resting(1, 1));
    await fails(talos);
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    await expect
      .poll(async () => {
        await fails(talos);
        return server.connections;
      })
      .toBeGreaterThan(1);
  });
});

describe('a deadline', () => {
  it('does not pass because somebody set the clock', async () => {
    const called = deferred<() => void>();
    const server = await startHttp2(undefined, (stream) => {
      called.resolve(() => answer(stream, noteFrame('in time')));
    });
    later(() => server.stop());
    const call = callUnary(client(server.address), read, {}, { timeoutMs: 50_000 });
    const respond = await called.promise;
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    respond();
    expect(await call).toEqual({ text: 'in time' });
  });
});

describe('a node that finds that there are too many pings', () => {
  it('is asked half as often over the next connection', async () => {
    const order: string[] = [];
    const asked = deferred();
    let connections = 0;
    const server = await startHttp2(undefined, (stream, _headers, session) => {
      connections += 1;
      stream.respond(grpcHeaders);
      stream.write(noteFrame('one'));
      if (connections === 1) {
        session.on('ping', () => session.goaway(11, 0, Buffer.from('too_many_pings')));
        return;
      }
      // Set after the client's own timer for its ping, and shorter than two intervals.
      const timer = setTimeout(() => order.push('an interval and a half'), 1500);
      stream.on('close', () => clearTimeout(timer));
      session.on('ping', () => {
        order.push('ping');
        asked.resolve();
      });
    });
    later(() => server.stop());
    const talos = client(server.address, { keepalive: { intervalMs: 1000 } });
    const first = callServerStream(talos, follow, {});
    await first.next();
    expect(await rejection(first.next())).toMatchObject({ status: 'unavailable' });
    const second = callServerStream(talos, follow, {});
    await second.next();
    await asked.promise;
    second.cancel();
    expect(order).toEqual(['an interval and a half', 'ping']);
  });
});

describe('a socket that is dead before TLS begins', () => {
  it('fails the attempt to connect, which would wait for ever', async () => {
    const server = await startTcp();
    later(() => server.stop());
    const { ca, cert, key } = {
      ca: trust.authority.cert,
      cert: trust.client.cert,
      key: trust.client.key,
    };
    const endpoint = parseEndpoint(server.address);
    const credentials = mtls({ ca, cert, key });
    const dialling = new Dialling((at) => credentials.security(at), proxying('direct'));
    const dialler = await dialling.to(endpoint);
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close'); // nothing more comes of it, no event either
    await expect(dialler.secure(socket, () => {})).rejects.toMatchObject({
      problem: 'interrupted',
    });
  }, 10_000);
});
