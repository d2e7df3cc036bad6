import { constants } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { callUnary } from '../../src/runtime/call.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { plaintext } from '../../src/runtime/credentials/index.js';
import type { TalosError } from '../../src/runtime/errors/talos-error.js';
import {
  answer,
  frame,
  grpcHeaders,
  type Http2Handler,
  noteFrame,
  startHttp2,
} from '../support/bare-servers.js';
import { cleanUp, rejection } from '../support/lifecycle.js';
import { noteMethod } from '../support/note-methods.js';

const read = noteMethod('unary', { idempotency: 'unsafe' });
const later = cleanUp(afterEach);

/** A deadline that no case reaches but those where it is the point. */
const timeoutMs = 5000;

async function against(handle: Http2Handler, deadline = timeoutMs): Promise<TalosError> {
  const server = await startHttp2(undefined, handle);
  later(() => server.stop());
  const talos = createTalosClient({ endpoints: [server.address], credentials: plaintext() });
  later(() => talos.close());
  const call = callUnary(talos.node('10.0.0.2'), read, {}, { timeoutMs: deadline });
  const error = await rejection<TalosError>(call);
  expect(error).toMatchObject({ rpc: 'test.NoteService/Read', node: '10.0.0.2' });
  return error;
}

const html = '<html><body>502 Bad Gateway</body></html>';
const respond =
  (headers: Record<string, string | number>, body?: string | Buffer): Http2Handler =>
  (stream) => {
    stream.respond(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
  };
/** Headers, frames, and trailers that say what `trailers` says. */
const say =
  (frames: Buffer, trailers: Record<string, string>): Http2Handler =>
  (stream) =>
    answer(stream, frames, trailers);
const none = Buffer.alloc(0);
const note = noteFrame('a');

describe('an answer that is not gRPC', () => {
  it.each([
    [
      'HTML with status 200',
      respond({ ':status': 200, 'content-type': 'text/html' }, html),
      { status: 'unknown', hint: /not gRPC.*text\/html/ },
    ],
    [
      'HTML that calls itself gRPC',
      respond(grpcHeaders, html),
      { status: 'unknown', hint: /not gRPC/ },
    ],
    [
      'HTTP/1.1 text',
      respond(grpcHeaders, 'HTTP/1.1 400 Bad Request\r\n\r\n'),
      { status: 'unknown', hint: /not gRPC/ },
    ],
    [
      'JSON with status 200 and no more',
      respond({ ':status': 200, 'content-type': 'application/json' }, '{}'),
      { status: 'internal', hint: /application\/json/ },
    ],
    [
      'HTML with status 502',
      respond({ ':status': 502, 'content-type': 'text/html' }, html),
      { status: 'unavailable', hint: /HTTP status 502/ },
    ],
    ['status 400', respond({ ':status': 400 }), { status: 'internal', hint: /HTTP status 400/ }],
    ['status 401', respond({ ':status': 401 }), { status: 'unauthenticated', hint: /401/ }],
    ['status 403', respond({ ':status': 403 }), { status: 'permission-denied', hint: /403/ }],
    ['status 404', respond({ ':status': 404 }), { status: 'unimplemented', hint: /404/ }],
    ['status 503', respond({ ':status': 503 }), { status: 'unavailable', hint: /503/ }],
    ['status 302', respond({ ':status': 302 }), { status: 'unknown', hint: /302/ }],
    ['status 200 and nothing', respond({ ':status': 200 }), { status: 'unknown', hint: /200/ }],
  ])('%s', async (_, handle, { status, hint }) => {
    expect(await against(handle)).toMatchObject({
      code: 'rpc',
      status,
      hint: expect.stringMatching(hint),
    });
  });
});

describe('a status that is none', () => {
  it.each([
    ['99', 'unknown'],
    ['abc', 'unknown'],
    ['-1', 'unknown'],
    ['17', 'unknown'],
    ['2.5', 'unknown'],
    ['1e1', 'aborted'],
  ])('%s', async (status, word) => {
    const error = await against(say(note, { 'grpc-status': status, 'grpc-message': 'why' }));
    expect(error).toMatchObject({ code: 'rpc', status: word, reason: 'why' });
  });

  it.each([
    ['with a reply', note],
    ['without', none],
  ])('is missing, %s', async (_, frames) => {
    expect(await against(say(frames, { 'x-other': 'y' }))).toMatchObject({
      code: 'rpc',
      status: 'unknown',
    });
  });

  it('has an empty message', async () => {
    expect(await against(say(none, { 'grpc-status': '13' }))).toMatchObject({
      status: 'internal',
      reason: 'the node gave no reason',
    });
  });

  it('has a message with broken percent signs', async () => {
    expect(
      await against(say(none, { 'grpc-status': '5', 'grpc-message': '100%zz %e2%82 gone' })),
    ).toMatchObject({ status: 'not-found', reason: '100%zz %e2%82 gone' });
  });

  it.each([
    ['bytes that are no message', Buffer.from([0xff, 0xff, 0xff, 0x01, 0x02]).toString('base64')],
    ['a length past the end', Buffer.from([0x1a, 0x7f, 0x01]).toString('base64')],
    ['no base64', '%%%%'],
  ])('has garbled details: %s', async (_, details) => {
    const trailers = {
      'grpc-status': '9',
      'grpc-message': 'no',
      'grpc-status-details-bin': details,
    };
    expect(await against(say(none, trailers))).toMatchObject({
      status: 'failed-precondition',
      reason: 'no',
      details: [],
    });
  });

  it('comes with trailers under hostile names', async () => {
    const error = await against(
      say(none, { 'grpc-status': '5', ['__proto__']: 'x', constructor: 'y', tostring: 'z' }),
    );
    expect(error).toMatchObject({ status: 'not-found' });
    expect(Object.getPrototypeOf((error as unknown as { metadata: object }).metadata)).toBe(
      Object.prototype,
    );
  });
});

describe('replies that do not add up', () => {
  it('two where one is due', async () => {
    const error = await against(say(Buffer.concat([note, note]), { 'grpc-status': '0' }));
    expect(error).toMatchObject({ code: 'protocol', message: expect.stringMatching(/several/) });
  });

  it('two, and the call stays open', async () => {
    const error = await against((stream) => {
      stream.respond(grpcHeaders);
      stream.write(Buffer.concat([note, note]));
    });
    expect(error).toMatchObject({ code: 'protocol', message: expect.stringMatching(/several/) });
  });

  it('none', async () => {
    const error = await against(say(none, { 'grpc-status': '0' }));
    expect(error).toMatchObject({ code: 'protocol', message: expect.stringMatching(/no reply/) });
  });

  it('none, in trailers only', async () => {
    const error = await against(respond({ ...grpcHeaders, 'grpc-status': '0' }));
    expect(error).toMatchObject({ code: 'protocol', message: expect.stringMatching(/no reply/) });
  });

  it('one that is cut short', async () => {
    const error = await against(say(note.subarray(0, -1), { 'grpc-status': '0' }));
    expect(error).toMatchObject({ code: 'protocol' });
  });

  it('one that is no message', async () => {
    const error = await against(
      say(frame(Buffer.from([0x0a, 0x7f, 0x00])), { 'grpc-status': '0' }),
    );
    expect(error).toMatchObject({
      code: 'protocol',
      endpoint: expect.stringMatching(/^127/),
      message: expect.stringMatching(/malformed/),
    });
  });

  it.each([0xffff_ffff, 0x8000_0000, 33_554_433])(
    'one that says to have %i bytes',
    async (length) => {
      const error = await against(say(frame(none, { length }), { 'grpc-status': '0' }));
      expect(error).toMatchObject({
        status: 'resource-exhausted',
        reason: `a reply of ${length} bytes is larger than 33554432`,
      });
    },
  );

  it.each([
    ['compressed, though nobody said how', grpcHeaders, 1],
    ['compressed in an unknown way', { ...grpcHeaders, 'grpc-encoding': 'snappy' }, 1],
  ])('one that is %s', async (_, headers, compressed) => {
    const error = await against((stream) => {
      stream.respond(headers, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(frame(Buffer.from([1, 2, 3]), { compressed }));
    });
    expect(error).toMatchObject({ code: 'rpc', status: 'internal' });
    expect(error.message).not.toMatch(/undefined/);
  });

  it('one that is no gzip though it says so', async () => {
    const error = await against((stream) => {
      stream.respond({ ...grpcHeaders, 'grpc-encoding': 'gzip' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(frame(Buffer.from('not gzip'), { compressed: 1 }));
    });
    expect(error).toMatchObject({ code: 'rpc', status: 'internal' });
  });
});

describe('a stream that is reset', () => {
  const codes: [name: string, code: number, status: string][] = [
    ['NO_ERROR', constants.NGHTTP2_NO_ERROR, 'internal'],
    ['PROTOCOL_ERROR', constants.NGHTTP2_PROTOCOL_ERROR, 'internal'],
    ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR, 'internal'],
    ['FLOW_CONTROL_ERROR', constants.NGHTTP2_FLOW_CONTROL_ERROR, 'internal'],
    ['REFUSED_STREAM', constants.NGHTTP2_REFUSED_STREAM, 'unavailable'],
    ['CANCEL', constants.NGHTTP2_CANCEL, 'cancelled'],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM, 'unavailable'],
    ['INADEQUATE_SECURITY', constants.NGHTTP2_INADEQUATE_SECURITY, 'permission-denied'],
  ];

  it.each(codes)('with %s before the headers', async (_, code, status) => {
    expect(await against((stream) => stream.close(code))).toMatchObject({ code: 'rpc', status });
  });

  it('after the headers, without a status', async () => {
    const error = await against((stream) => {
      stream.respond(grpcHeaders);
      setImmediate(() => stream.close(constants.NGHTTP2_CANCEL)); // Node ends the stream first
    });
    expect(error).toMatchObject({
      status: 'internal',
      reason: expect.stringMatching(/ended the call without a status$/),
      hint: expect.stringMatching(/^it may have run/),
    });
  });

  it('by an error after the headers', async () => {
    const error = await against((stream) => {
      stream.respond(grpcHeaders);
      setImmediate(() => stream.destroy(new Error('gone')));
    });
    expect(error).toMatchObject({ code: 'rpc', status: 'internal' });
  });
});

describe('a connection that ends', () => {
  it.each([
    ['NO_ERROR', constants.NGHTTP2_NO_ERROR],
    ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM],
  ])('with GOAWAY %s before the headers', async (_, code) => {
    const error = await against((_stream, _headers, session) => {
      // As if the call had not been seen, then gone.
      session.goaway(code, 0);
      setImmediate(() => session.destroy());
    });
    expect(error).toMatchObject({ code: 'rpc', status: 'unavailable' });
  });

  it('with GOAWAY after the headers', async () => {
    const error = await against((stream, _headers, session) => {
      stream.respond(grpcHeaders);
      session.goaway(constants.NGHTTP2_INTERNAL_ERROR);
      setImmediate(() => session.destroy());
    });
    expect(error).toMatchObject({ code: 'rpc', status: 'unavailable' });
  });

  it.each([
    ['before the headers', () => {}],
    ['after the headers', (stream: Parameters<Http2Handler>[0]) => stream.respond(grpcHeaders)],
    [
      'in the middle of the reply',
      (stream: Parameters<Http2Handler>[0]) => {
        stream.respond(grpcHeaders);
        stream.write(note.subarray(0, -1));
      },
    ],
    [
      'after the reply, before the status',
      (stream: Parameters<Http2Handler>[0]) => {
        stream.respond(grpcHeaders);
        stream.write(note);
      },
    ],
  ])('%s', async (_, before) => {
    const error = await against((stream, _headers, session) => {
      before(stream);
      setTimeout(() => session.destroy(), 20);
    });
    expect(error).toMatchObject({ code: 'rpc', status: 'unavailable' });
  });
});

describe('silence', () => {
  it.each([
    ['after the call', () => {}],
    ['after the headers', (stream: Parameters<Http2Handler>[0]) => stream.respond(grpcHeaders)],
    [
      'in the middle of the reply',
      (stream: Parameters<Http2Handler>[0]) => {
        stream.respond(grpcHeaders);
        stream.write(note.subarray(0, -1));
      },
    ],
    [
      'after the reply',
      (stream: Parameters<Http2Handler>[0]) => {
        stream.respond(grpcHeaders);
        stream.write(note);
      },
    ],
  ])('%s ends at the deadline', async (_, handle) => {
    expect(await against(handle, 150)).toMatchObject({
      status: 'deadline-exceeded',
      reason: 'no reply within 150 ms',
    });
  });
});

describe('too much', () => {
  it('in the trailers', async () => {
    const big = 'x'.repeat(20_000);
    const error = await against(
      say(note, Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`x-${n}`, big]))),
    );
    expect(error).toMatchObject({ code: 'rpc' });
  });

  it('of messages nobody asked for', async () => {
    const flood = Buffer.concat(Array.from({ length: 10_000 }, () => note));
    const error = await against((stream) => {
      stream.respond(grpcHeaders);
      stream.write(flood);
    });
    expect(error).toMatchObject({ code: 'protocol' });
  });
});
