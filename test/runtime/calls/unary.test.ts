import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { Metadata, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lifetimes } from '../../../src/pki/index.js';
import { callUnary } from '../../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import { basicAuth, mtls, plaintext } from '../../../src/runtime/credentials/index.js';
import { TalosClosedError } from '../../../src/runtime/errors/closed-error.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { TalosProtocolError } from '../../../src/runtime/errors/protocol-error.js';
import { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { statusName } from '../../../src/runtime/errors/status.js';
import { type GrpcTransportOptions, grpcTransport } from '../../../src/runtime/grpc-transport.js';
import type { ReceivedMetadata } from '../../../src/runtime/metadata.js';
import { datesWith } from '../../../testkit/src/base/pki/index.js';
import { cleanUp, deferred, rejection } from '../../support/lifecycle.js';
import { type Note, noteMethod } from '../../support/note-methods.js';
import {
  createTrust,
  failure,
  type NoteHandlers,
  startNoteServer,
  type Trust,
} from '../../support/note-server.js';

const read = noteMethod('unary');

let trust: Trust;
const later = cleanUp(afterEach);

beforeAll(async () => {
  trust = await createTrust();
});

async function connect(
  handlers: NoteHandlers = {},
  options: Partial<GrpcTransportOptions> = {},
): Promise<TalosClient> {
  const server = await startNoteServer(trust, handlers);
  later(() => server.stop());
  const talos = createTalosClient({
    endpoints: [server.address],
    credentials: trust.credentials,
    ...options,
  } as GrpcTransportOptions);
  later(() => talos.close());
  return talos;
}

type Read = ServerUnaryCall<Note, Note>;

describe('a unary call over mTLS', () => {
  it('brings the reply', async () => {
    const talos = await connect();
    expect(await callUnary(talos, read, { text: 'hello' })).toEqual({ text: 'hello' });
    const many = Array.from({ length: 200 }, (_, index) => ({ text: `note ${index}` }));
    expect(await Promise.all(many.map((note) => callUnary(talos, read, note)))).toEqual(many);
  });

  it('carries messages up to the 32 MiB that Talos allows', async () => {
    const talos = await connect();
    const text = 'x'.repeat(30 * 1024 * 1024);
    const reply = await callUnary(talos, read, { text });
    expect(reply.text.length).toBe(text.length);
  });

  it('sends the metadata of client, node and call, repeated and binary values too', async () => {
    const seen = deferred<Metadata>();
    const talos = await connect({
      read(call, reply) {
        seen.resolve(call.metadata);
        reply(null, { text: '' });
      },
    });
    await callUnary(
      talos.node('10.0.0.9'),
      read,
      {},
      { metadata: { tag: ['a', 'b'], 'raw-bin': new Uint8Array([0, 200, 255]) } },
    );
    const metadata = await seen.promise;
    expect(metadata.get('node')).toEqual(['10.0.0.9']);
    expect(metadata.get('runtime')).toEqual(['Talos']);
    expect(metadata.get('tag')).toEqual(['a, b']); // node:http2 joins what came as two headers
    expect(metadata.get('raw-bin')).toEqual([Buffer.from([0, 200, 255])]);
  });

  it('sends the metadata of the credentials, unless the call sets its own', async () => {
    const seen: unknown[] = [];
    const talos = await connect(
      {
        read(call, reply) {
          seen.push(...call.metadata.get('authorization'));
          reply(null, { text: '' });
        },
      },
      {
        credentials: {
          ...mtls({ ca: trust.authority.cert, cert: trust.client.cert, key: trust.client.key }),
          kind: 'both',
          certificate: undefined,
          metadata: basicAuth({ username: 'u', password: 'p' }).metadata,
          security: (endpoint) => trust.credentials.security(endpoint),
        },
      },
    );
    await callUnary(talos, read, {});
    await callUnary(talos, read, {}, { metadata: { authorization: 'own' } });
    expect(seen).toEqual([`Basic ${btoa('u:p')}`, 'own']);
  });

  it('hands out headers before the reply and trailers at the end', async () => {
    const talos = await connect({
      read(call, reply) {
        const headers = new Metadata();
        headers.add('x-head', 'one');
        call.sendMetadata(headers);
        const trailers = new Metadata();
        trailers.add('x-tail', 'two');
        trailers.add('x-tail-bin', Buffer.from([1, 2]));
        reply(null, call.request, trailers);
      },
    });
    const events: [string, ReceivedMetadata][] = [];
    await callUnary(
      talos,
      read,
      {},
      {
        onHeaders: (headers) => events.push(['headers', headers]),
        onTrailers: (trailers) => events.push(['trailers', trailers]),
      },
    );
    expect(events.map(([name]) => name)).toEqual(['headers', 'trailers']);
    expect(events[0]?.[1]['x-head']).toEqual(['one']);
    expect(events[1]?.[1]).toMatchObject({
      'x-tail': ['two'],
      'x-tail-bin': [Buffer.from([1, 2])],
    });
  });

  it.each(['onHeaders', 'onTrailers'] as const)(
    'rejects with the error that %s throws',
    async (hook) => {
      const talos = await connect();
      const own = new Error('mine');
      const hooks = {
        [hook]: () => {
          throw own;
        },
      };
      expect(await rejection(callUnary(talos, read, {}, hooks))).toBe(own);
      expect(await callUnary(talos, read, { text: 'on' })).toEqual({ text: 'on' });
    },
  );

  it('refuses a request that does not fit before anything is sent', async () => {
    const talos = await connect();
    const error = await rejection(callUnary(talos, read, { text: 5 as unknown as string }));
    expect(error).toBeInstanceOf(TalosConfigError);
    expect(error).toMatchObject({ field: 'text' });
  });

  it('refuses metadata that cannot travel, also when a wrapper put it there', async () => {
    const transport = grpcTransport({ endpoints: ['127.0.0.1:1'], credentials: plaintext() });
    later(() => transport.close());
    const call = {
      method: read,
      node: undefined,
      metadata: { 'Bad Name': 'x' },
      signals: [],
      timeoutMs: undefined,
      idleTimeoutMs: undefined,
      onHeaders: undefined,
      onTrailers: undefined,
    };
    const error = await rejection(transport.unary(call, {}));
    expect(error).toBeInstanceOf(TalosConfigError);
    expect(error).toMatchObject({ field: 'metadata.Bad Name' });
  });
});

describe('a unary call that fails', () => {
  it.each(Array.from({ length: 16 }, (_, index) => index + 1))(
    'has the word for status %i',
    async (code) => {
      const talos = await connect({ read: (_, reply) => reply(failure(code, 'because')) });
      const node = talos.node('10.0.0.3');
      const error = await rejection<TalosRpcError>(callUnary(node, read, {}, { retry: false }));
      expect(error).toBeInstanceOf(TalosRpcError);
      expect(error).toMatchObject({
        status: statusName(code),
        rpc: 'test.NoteService/Read',
        node: '10.0.0.3',
        endpoint: talos.endpoints[0],
        reason: 'because',
      });
      expect(error.message).toMatch(/^\[[a-z-]+\] test\.NoteService\/Read on 10\.0\.0\.3: because/);
    },
  );

  it('carries the trailers and tells the hook', async () => {
    const talos = await connect({
      read: (_, reply) => reply(failure(status.NOT_FOUND, 'gone', { 'x-why': 'moved' })),
    });
    let trailers: ReceivedMetadata | undefined;
    const error = await rejection<TalosRpcError>(
      callUnary(
        talos,
        read,
        {},
        {
          onTrailers: (got) => {
            trailers = got;
          },
        },
      ),
    );
    expect(error.metadata['x-why']).toEqual(['moved']);
    expect(trailers?.['x-why']).toEqual(['moved']);
  });

  it('is made again only if it reads, when the node is unavailable', async () => {
    let calls = 0;
    const talos = await connect({
      read(call, reply) {
        calls += 1;
        if (calls < 3) reply(failure(status.UNAVAILABLE, 'no route to node'));
        else reply(null, call.request);
      },
    });
    const unsafe = noteMethod('unary', { idempotency: 'unsafe' });
    const error = await rejection<TalosRpcError>(callUnary(talos, unsafe, {}));
    expect(error).toMatchObject({ status: 'unavailable', reason: 'no route to node' });
    expect(calls).toBe(1);
    expect(await callUnary(talos, read, { text: 'at last' })).toEqual({ text: 'at last' });
    expect(calls).toBe(3);
  });

  it('says which limit a reply exceeds', async () => {
    const talos = await connect({}, { maxMessageBytes: 1000 });
    const error = await rejection<TalosRpcError>(
      callUnary(talos, { ...read, encode: () => {} }, {}).then(() =>
        callUnary(talos, read, { text: 'x'.repeat(2000) }),
      ),
    );
    expect(error).toMatchObject({
      status: 'resource-exhausted',
      reason: 'the request is larger than 1000 bytes',
      hint: expect.stringMatching(/32 MiB/),
      category: 'permanent',
    });
    const big = await connect(
      { read: (_, reply) => reply(null, { text: 'x'.repeat(2000) }) },
      { maxMessageBytes: 1000 },
    );
    expect(await rejection(callUnary(big, read, {}))).toMatchObject({
      status: 'resource-exhausted',
      reason: 'a reply of 2003 bytes is larger than 1000',
      hint: expect.stringMatching(/maxMessageBytes/),
      category: 'permanent',
    });
  });

  it('is a protocol error when the reply is no valid message', async () => {
    const talos = await connect();
    const broken = noteMethod('unary', {
      encode: (writer) => {
        writer.bytes[--writer.pos] = 200;
        writer.bytes[--writer.pos] = 10;
      },
    });
    // The server decodes too, so it answers with garbage of its own making.
    const error = await rejection(callUnary(talos, broken, {}));
    expect(error).toBeInstanceOf(TalosRpcError);
    const decodes = noteMethod('unary', {
      decode: () => {
        throw new TalosProtocolError('malformed');
      },
    });
    expect(await rejection(callUnary(talos, decodes, {}))).toMatchObject({
      code: 'protocol',
      rpc: 'test.NoteService/Read',
      endpoint: talos.endpoints[0],
    });
  });
});

describe('the deadline of a unary call', () => {
  it('ends it, and the node is told', async () => {
    const cancelled = deferred();
    const told = deferred<unknown>();
    const talos = await connect({
      read(call: Read, reply) {
        if (call.request.text === 'connect') return reply(null, call.request);
        told.resolve(call.getDeadline());
        call.on('cancelled', () => cancelled.resolve());
      },
    });
    await callUnary(talos, read, { text: 'connect' });
    const before = Date.now();
    const error = await rejection(callUnary(talos, read, {}, { timeoutMs: 120 }));
    expect(error).toMatchObject({
      status: 'deadline-exceeded',
      reason: 'no reply within 120 ms',
      endpoint: talos.endpoints[0],
    });
    const deadline = Number(await told.promise);
    expect(deadline).toBeGreaterThan(before);
    expect(deadline).toBeLessThan(before + 60_000);
    await cancelled.promise;
  });

  it('may lie further away than timers of Node reach', async () => {
    const talos = await connect();
    for (const timeoutMs of [2 ** 31, Number.MAX_SAFE_INTEGER, Infinity]) {
      expect(await callUnary(talos, read, { text: 'a' }, { timeoutMs })).toEqual({ text: 'a' });
    }
  });
});

describe('the signal of a unary call', () => {
  it('that fired before sends nothing, and its reason comes back', async () => {
    let calls = 0;
    const talos = await connect({
      read(call, reply) {
        calls += 1;
        reply(null, call.request);
      },
    });
    const reason = { any: 'thing' };
    expect(await rejection(callUnary(talos, read, {}, { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    await callUnary(talos, read, {});
    expect(calls).toBe(1);
  });

  it('cancels the call on the node, and its reason comes back', async () => {
    const started = deferred();
    const cancelled = deferred();
    const talos = await connect({
      read(call: Read) {
        started.resolve();
        call.on('cancelled', () => cancelled.resolve());
      },
    });
    const controller = new AbortController();
    const call = rejection(callUnary(talos, read, {}, { signal: controller.signal }));
    await started.promise;
    controller.abort(null);
    expect(await call).toBe(null);
    await cancelled.promise;
  });

  it('has no listener left after the call', async () => {
    const talos = await connect({
      read(call, reply) {
        if (call.request.text === 'fail') reply(failure(5, ''));
        else if (call.request.text !== 'hang') reply(null, call.request);
      },
    });
    const { signal } = new AbortController();
    await callUnary(talos, read, {}, { signal });
    await rejection(callUnary(talos, read, { text: 'fail' }, { signal }));
    await rejection(callUnary(talos, read, { text: 'hang' }, { signal, timeoutMs: 20 }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('closing the client', () => {
  it('ends calls that are open, and refuses later ones', async () => {
    const started = deferred();
    const cancelled = deferred();
    const talos = await connect({
      read(call: Read) {
        started.resolve();
        call.on('cancelled', () => cancelled.resolve());
      },
    });
    const call = rejection(callUnary(talos, read, {}));
    await started.promise;
    const closing = talos.close();
    expect(await call).toBeInstanceOf(TalosClosedError);
    await cancelled.promise;
    await Promise.all([closing, talos.close()]);
    expect(await rejection(callUnary(talos, read, {}))).toBeInstanceOf(TalosClosedError);
  });

  it('ends a call that still waits for its connection', async () => {
    const talos = await connect();
    const call = rejection(callUnary(talos, read, {}));
    await talos.close();
    expect(await call).toBeInstanceOf(TalosClosedError);
  });

  it('before the first call has nothing to do', async () => {
    const talos = await connect();
    await talos.close();
    expect(await rejection(callUnary(talos, read, {}))).toBeInstanceOf(TalosClosedError);
  });

  it('leaves no socket behind', async () => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap|TLSWrap/.test(name)).length;
    const before = sockets();
    const talos = await connect();
    await callUnary(talos, read, {});
    expect(sockets()).toBeGreaterThan(before);
    await talos.close();
    // The server's side of the connection closes in its own time; ours is gone.
    await expect.poll(sockets).toBe(before);
  });
});

describe('the client certificate', () => {
  it.each([
    ['expired', /expired at/],
    ['not-yet-valid', /valid only from/],
  ] as const)('that is %s is refused before the call', async (flaw, text) => {
    const client = trust.authority.issueClient({
      roles: ['os:admin'],
      ...datesWith(flaw, lifetimes.client),
    });
    const talos = await connect(
      {},
      { credentials: mtls({ ca: trust.authority.cert, cert: client.cert, key: client.key }) },
    );
    const error = await rejection(callUnary(talos, read, {}));
    expect(error).toBeInstanceOf(TalosConfigError);
    expect(error).toMatchObject({ field: 'credentials', message: expect.stringMatching(text) });
  });
});

describe('options', () => {
  it.each([
    [{ endpoints: [] }, 'endpoints'],
    [{ endpoints: ['a b'] }, 'endpoints[0]'],
    [{ credentials: undefined }, 'credentials'],
    [{ maxMessageBytes: 0 }, 'maxMessageBytes'],
    [{ flowControlWindow: 1 }, 'flowControlWindow'],
    [{ connectTimeoutMs: Number.NaN }, 'connectTimeoutMs'],
    [{ keepalive: { intervalMs: 1 } }, 'keepalive.intervalMs'],
    [{ proxy: 'ftp://x' }, 'proxy'],
    [{ backoff: { maxMs: -1 } }, 'backoff.maxMs'],
    [{ connectTimeoutMs: Number.POSITIVE_INFINITY }, 'connectTimeoutMs'],
    [{ keepalive: { intervalMs: 2 ** 31 } }, 'keepalive.intervalMs'],
  ])('%j is refused, and the error names %s', async (options, field) => {
    const create = () =>
      createTalosClient({
        endpoints: ['127.0.0.1'],
        credentials: trust.credentials,
        ...options,
      } as GrpcTransportOptions);
    expect(create).toThrow(TalosConfigError);
    expect(create).toThrow(expect.objectContaining({ field }));
  });

  it('are refused when the credentials hold metadata that cannot travel, without showing it', () => {
    const create = () =>
      createTalosClient({
        endpoints: ['127.0.0.1'],
        credentials: {
          kind: 'x',
          certificate: undefined,
          metadata: { 'User-Agent': 's3cret' },
          security: (endpoint) => trust.credentials.security(endpoint),
        },
      });
    expect(create).toThrow(
      expect.objectContaining({ code: 'config', field: 'credentials.metadata.User-Agent' }),
    );
    expect(create).not.toThrow('s3cret');
  });

  it('show no secret when the client is inspected', async () => {
    const talos = await connect(
      {},
      {
        credentials: {
          ...trust.credentials,
          kind: 'x',
          certificate: undefined,
          metadata: { authorization: 'Bearer s3cret' },
          security: (endpoint) => trust.credentials.security(endpoint),
        },
      },
    );
    await callUnary(talos, read, {});
    const shown = inspect(talos, { depth: 20, showHidden: true }) + JSON.stringify(talos);
    expect(shown).not.toContain('s3cret');
    expect(shown).not.toContain('PRIVATE KEY');
  });
});
