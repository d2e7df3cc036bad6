import { constants, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { callServerStream, callUnary } from '../../../../src/runtime/call.js';
import type {
  Connection,
  ConnectionOwner,
  StreamEnd,
} from '../../../../src/runtime/carriers/carrier.js';
import { http2Carrier } from '../../../../src/runtime/carriers/http2/carrier.js';
import type { Http2Connection } from '../../../../src/runtime/carriers/http2/connection.js';
import { plaintext } from '../../../../src/runtime/credentials/index.js';
import { parseEndpoint } from '../../../../src/runtime/dial/endpoint.js';
import { createTalosClient } from '../../../../src/runtime/http2-client.js';
import type { Http2TransportOptions } from '../../../../src/runtime/http2-transport.js';
import { http2Transport } from '../../../../src/runtime/http2-transport.js';
import {
  answer,
  frame,
  grpcHeaders,
  noteFrame,
  startHttp2,
  startTcp,
} from '../../../support/bare-servers.js';
import { cleanUp, deferred, rejection } from '../../../support/lifecycle.js';
import { noteMethod } from '../../../support/note-methods.js';
import {
  flags,
  grpcData,
  grpcHead,
  h2,
  serveRaw,
  settings,
  types,
} from '../../../support/raw-http2.js';

const read = noteMethod('unary');
const follow = noteMethod('server-stream');
const later = cleanUp(afterEach);
const hello = Buffer.concat([settings, h2(types.settings, flags.ack, 0)]);

function connect(address: string) {
  const events = {
    connected: deferred(),
    failed: deferred<Error>(),
    lost: deferred<Error | undefined>(),
    gone: deferred(),
  };
  const order: string[] = [];
  const owner: ConnectionOwner = {
    connected: () => {
      order.push('connected');
      events.connected.resolve();
    },
    failed: (_, error) => {
      order.push('failed');
      events.failed.resolve(error);
    },
    doubted: () => order.push('doubted'),
    proved: () => order.push('proved'),
    lost: (_, error) => {
      order.push('lost');
      events.lost.resolve(error);
    },
    gone: () => {
      order.push('gone');
      events.gone.resolve();
    },
  };
  const carrier = http2Carrier({
    endpoints: [address],
    credentials: plaintext(),
    connectTimeoutMs: 5000,
  });
  const made = carrier.connect(parseEndpoint(address), owner);
  later(() => made.close());
  return { made, events, order };
}

/** Begins a call, and tells how it ends. */
function upload(made: Connection) {
  const ended = deferred<StreamEnd>();
  const stream = made.open(
    {
      path: '/a.B/C',
      metadata: {},
      more: undefined,
      timeoutMs: undefined,
      uploads: true,
      streams: false,
    },
    { onHeaders: () => {}, onMessage: () => {}, onEnd: (end) => ended.resolve(end) },
  );
  stream.read();
  return { ended: ended.promise, stream };
}

function client(address: string, options: Partial<Http2TransportOptions> = {}) {
  const talos = createTalosClient({ endpoints: [address], credentials: plaintext(), ...options });
  later(() => talos.close());
  return talos;
}

const serve = async (...args: Parameters<typeof startHttp2>) => {
  const server = await startHttp2(...args);
  later(() => server.stop());
  return server;
};
const serveBytes = async (...args: Parameters<typeof startTcp>) => {
  const server = await startTcp(...args);
  later(() => server.stop());
  return server;
};

describe('a connection', () => {
  it('tells when it is there, lost, and gone', async () => {
    const server = await serve(undefined, () => {});
    const { events, order } = connect(server.address);
    await events.connected.promise;
    await server.stop();
    await events.gone.promise;
    expect(order).toEqual(['connected', 'lost', 'gone']);
  });

  it('that is retired is lost at once, and gone when its last call has ended', async () => {
    const go = deferred();
    const server = await serve(undefined, (stream) => {
      void go.promise.then(() => answer(stream, noteFrame('a')));
    });
    const { made, events, order } = connect(server.address);
    await events.connected.promise;
    const ended = deferred<unknown>();
    const stream = made.open(
      {
        path: '/a.B/C',
        metadata: {},
        more: undefined,
        timeoutMs: undefined,
        uploads: false,
        streams: false,
      },
      {
        onHeaders: () => {},
        onMessage: () => stream.read(),
        onEnd: (end) => ended.resolve(end),
      },
    );
    stream.write(Buffer.alloc(0));
    stream.end();
    stream.read();
    made.retire();
    made.retire();
    expect(order).toEqual(['connected', 'lost']);
    go.resolve();
    expect(await ended.promise).toMatchObject({ kind: 'trailers', status: 0 });
    await events.gone.promise;
    expect(order).toEqual(['connected', 'lost', 'proved', 'gone']);
  });

  it('whose peer closes its side is lost with all calls, also while the peer takes nothing', async () => {
    const server = await serveBytes((socket) => {
      socket.write(
        Buffer.concat([
          h2(types.settings, 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff])),
          h2(types.settings, flags.ack, 0),
          h2(types.window, 0, 0, Buffer.from([0x7f, 0, 0, 0])),
        ]),
      );
      socket.once('data', () => {
        socket.pause();
        setImmediate(() => socket.end());
      });
    });
    const { made, events, order } = connect(server.address);
    await events.connected.promise;
    const { ended, stream } = upload(made);
    for (let count = 0; count < 4; count += 1) stream.write(Buffer.alloc(16 * 1024 * 1024));
    expect(await ended).toMatchObject({ kind: 'lost' });
    expect(order).toContain('lost');
    await events.gone.promise;
  });

  it('that did not answer a PING takes no call any more', async () => {
    const server = await serve(undefined, () => {});
    const { made, events, order } = connect(server.address);
    await events.connected.promise;
    (made as Http2Connection).silent();
    const { ended, stream } = upload(made);
    stream.write(Buffer.alloc(3));
    expect(await ended).toMatchObject({ kind: 'unsent' });
    expect(stream.sent).toBe(false);
    await events.gone.promise;
    expect(order).toEqual(['connected', 'lost', 'gone']);
  });

  it('can be closed twice', async () => {
    const server = await serve(undefined, () => {});
    const { made, events } = connect(server.address);
    await events.connected.promise;
    await Promise.all([made.close(), made.close()]);
    await events.gone.promise;
  });

  it('says goodbye with GOAWAY when it is closed, and is gone when the peer closes too', async () => {
    const goodbye = deferred<number>();
    const server = await serve(undefined, () => {});
    const { made, events } = connect(server.address);
    const raw = await serveBytes((socket: Socket) => {
      serveRaw(socket, { hello });
      let bytes = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
      });
      socket.on('end', () => {
        goodbye.resolve(bytes.at(-17 + 3) ?? -1);
        socket.end();
      });
    });
    const second = connect(raw.address);
    await Promise.all([events.connected.promise, second.events.connected.promise]);
    await Promise.all([made.close(), second.made.close()]);
    expect(await goodbye.promise).toBe(types.goaway);
  });

  it('is cut when the peer does not close its side', async () => {
    const server = await serveBytes((socket: Socket) => serveRaw(socket, { hello }));
    const { made, events } = connect(server.address);
    await events.connected.promise;
    await made.close();
  });

  it.each([
    ['says nothing', Buffer.alloc(0), /within 100 ms.*HTTP\/2 went unanswered/],
    ['says goodbye at once', h2(types.goaway, 0, 0, Buffer.alloc(8)), /said goodbye/],
    ['speaks HTTP/1.1', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /answered in HTTP\/1\.1/],
    [
      'begins with another frame',
      h2(types.ping, 0, 0, Buffer.alloc(8)),
      /did not begin with SETTINGS/,
    ],
  ])('fails with the reason when the peer %s', async (_, bytes, reason) => {
    const server = await serveBytes((socket: Socket) => serveRaw(socket, { hello: bytes }));
    const talos = client(server.address, { connectTimeoutMs: 100 });
    const error = await rejection(callUnary(talos, read, {}, { timeoutMs: 20_000 }));
    expect(error).toMatchObject({ status: 'unavailable', outcome: 'not-sent' });
    expect((error as Error).message).toMatch(reason);
  });

  it('that breaks the rules says which one, and the next call goes over a new one', async () => {
    let connections = 0;
    const server = await serveBytes((socket: Socket) => {
      connections += 1;
      const bad = connections === 1;
      serveRaw(socket, {
        hello,
        request: (stream, own) => {
          own.write(Buffer.concat([grpcHead(stream), grpcData(stream, noteFrame('one'))]));
          if (bad) own.write(grpcData(0, noteFrame('two')));
        },
      });
    });
    const talos = client(server.address);
    const stream = callServerStream(talos, follow, {});
    await stream.next();
    expect(await rejection(stream.next())).toMatchObject({
      status: 'unavailable',
      reason: `${server.address} broke the rules of HTTP/2: it sent DATA without a stream`,
    });
    const next = callServerStream(talos, follow, {});
    expect(await next.next()).toEqual({ done: false, value: { text: 'one' } });
    next.cancel();
  });
});

describe('keepalive', () => {
  /** Sends one reply, and tells when `count` pings have come. */
  async function pinged(count: number, then: (session: ServerHttp2Session) => void) {
    const state = { pings: 0 };
    const server = await serve(undefined, (stream, _headers, session) => {
      stream.respond(grpcHeaders);
      stream.write(noteFrame('one'));
      session.on('ping', () => {
        state.pings += 1;
        if (state.pings === count) then(session);
      });
    });
    return { server, state };
  }

  it('pings while a stream is silent', async () => {
    const { server } = await pinged(2, (session) => session.destroy());
    const stream = callServerStream(
      client(server.address, { keepalive: { intervalMs: 1000 } }),
      follow,
      {},
    );
    await stream.next();
    // The server cuts the connection at the second ping: so there were two.
    expect(await rejection(stream.next())).toMatchObject({ status: 'unavailable' });
  });

  it('ends calls of a peer that does not answer', async () => {
    const server = await serveBytes((socket: Socket) =>
      serveRaw(socket, {
        hello,
        request: (stream, own) => {
          own.write(Buffer.concat([grpcHead(stream), grpcData(stream, noteFrame('one'))]));
        },
      }),
    );
    const stream = callServerStream(
      client(server.address, { keepalive: { intervalMs: 1000, timeoutMs: 50 } }),
      follow,
      {},
    );
    await stream.next();
    expect(await rejection(stream.next())).toMatchObject({
      status: 'unavailable',
      reason: `${server.address} did not answer a PING`,
    });
  });

  it('that is too much for the node ends its streams as unavailable', async () => {
    const { server } = await pinged(1, (session) =>
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings')),
    );
    const stream = callServerStream(
      client(server.address, { keepalive: { intervalMs: 1000 } }),
      follow,
      {},
    );
    await stream.next();
    expect(await rejection(stream.next())).toMatchObject({
      status: 'unavailable',
      reason: `${server.address} ended the connection: too many pings or calls`,
    });
  });
});

describe('options of HTTP/2', () => {
  it('compress requests', async () => {
    const seen = deferred<[string | undefined, number | undefined]>();
    const server = await serve(undefined, (stream, headers) => {
      stream.once('data', (data: Buffer) => {
        seen.resolve([headers['grpc-encoding'] as string, data[0]]);
        answer(stream, noteFrame('a'));
      });
    });
    const talos = client(server.address, { compression: 'gzip' });
    await callUnary(talos, read, { text: 'x'.repeat(1000) });
    expect(await seen.promise).toEqual(['gzip', 1]);
  });

  it('bound what a compressed reply may become', async () => {
    const { gzipSync } = await import('node:zlib');
    const server = await serve(undefined, (stream) => {
      stream.respond({ ...grpcHeaders, 'grpc-encoding': 'gzip' });
      stream.write(frame(gzipSync(Buffer.alloc(2_000_000)), { compressed: 1 }));
    });
    const talos = client(server.address, { maxMessageBytes: 1_000_000 });
    expect(await rejection(callUnary(talos, read, {}))).toMatchObject({
      status: 'resource-exhausted',
      reason: 'a reply, decompressed, is larger than 1000000 bytes',
    });
  });

  it.each([
    [{ channelOptions: {} }, 'http2Transport: channelOptions: there is no such option'],
    [{ compression: 'snappy' }, 'http2Transport: compression: expected none or gzip'],
  ])('%j are refused', (options, text) => {
    const create = () =>
      http2Transport({
        endpoints: ['10.0.0.1'],
        credentials: plaintext(),
        ...options,
      } as Http2TransportOptions);
    expect(create).toThrow(expect.objectContaining({ code: 'config' }));
    expect(create).toThrow(text);
  });
});
