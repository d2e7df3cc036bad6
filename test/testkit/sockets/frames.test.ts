import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { decodeStatus } from '../../../generated/messages/shared.js';
import { fromBytes } from '../../../src/runtime/codec.js';
import { readMetadata, readTimeout, trailersOf } from '../../../testkit/src/base/calls/headers.js';
import { ServerStatus } from '../../../testkit/src/base/calls/status.js';
import { cutFrame, frame, readFrames } from '../../../testkit/src/sockets/frames.js';
import { collected } from '../support.js';

/** A stream of `bytes` that arrives in pieces of `size`. */
function inPieces(bytes: Buffer, size: number): PassThrough {
  const stream = new PassThrough();
  for (let start = 0; start < bytes.length; start += size) {
    stream.write(bytes.subarray(start, start + size));
  }
  stream.end();
  return stream;
}

const whole = () => false;

describe('frames', () => {
  const messages = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(3000, 7)];
  const bytes = Buffer.concat(messages.map(frame));

  it.each([1, 4, 5, 7, 1000, 10_000])('come out whole of pieces of %i bytes', async (size) => {
    const read = await collected(readFrames(inPieces(bytes, size), whole));
    expect(read.map((message) => Buffer.from(message))).toEqual(messages);
  });

  it('are read no further than asked', async () => {
    const stream = new PassThrough({ highWaterMark: 16 });
    const frames = readFrames(stream, whole);
    stream.write(frame(Buffer.from('one')));
    expect((await frames.next()).value).toEqual(Buffer.from('one'));
    // The next one fills the buffer, and nobody takes it out.
    expect(stream.write(frame(Buffer.alloc(100)))).toBe(false);
    await frames.return();
    expect(stream.destroyed).toBe(false);
  });

  it.each([
    ['a compressed message', Buffer.from([1, 0, 0, 0, 1, 65]), 'unimplemented'],
    ['a message above 32 MiB', Buffer.from([0, 2, 0, 0, 1]), 'resource-exhausted'],
    ['an end within the prefix', Buffer.from([0, 0, 0]), 'internal'],
    ['an end within a message', cutFrame(Buffer.from('message')), 'internal'],
  ])('refuse %s', async (_what, input, status) => {
    await expect(collected(readFrames(inPieces(input, 3), whole))).rejects.toMatchObject({
      status,
    });
  });

  it('do not take a torn stream for its end', async () => {
    const torn = inPieces(frame(Buffer.from('one')), 100);
    const frames = readFrames(torn, () => true);
    expect((await frames.next()).value).toEqual(Buffer.from('one'));
    await expect(frames.next()).rejects.toMatchObject({ status: 'cancelled' });
  });

  it('take a message of exactly 32 MiB', async () => {
    const message = Buffer.alloc(33_554_432);
    const [read] = await collected(readFrames(inPieces(frame(message), 1 << 20), whole));
    expect(read?.length).toBe(message.length);
  });
});

describe('headers', () => {
  it('give the metadata, and nothing of HTTP/2 and gRPC', () => {
    const raw = [
      [':path', '/a'],
      ['te', 'trailers'],
      ['content-type', 'application/grpc'],
      ['user-agent', 'x'],
      ['grpc-timeout', '1S'],
      ['Node', '10.5.0.2'],
      ['nodes', 'a'],
      ['nodes', 'b'],
      ['x-bin', 'AP8=,Bw'],
    ].flat();
    expect(readMetadata(raw)).toEqual(
      new Map<string, unknown>([
        ['node', ['10.5.0.2']],
        ['nodes', ['a', 'b']],
        ['x-bin', [Buffer.of(0, 255), Buffer.of(7)]],
      ]),
    );
  });

  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3_000],
    ['250m', 250],
    ['5000u', 5],
    ['1000000n', 1],
    ['', undefined],
    ['5', undefined],
    ['123456789S', undefined],
  ])('give the timeout of %j', (text, expected) => {
    expect(readTimeout(text)).toBe(expected);
  });
});

describe('trailers', () => {
  it('say that all is well', () => {
    expect(trailersOf(undefined)).toEqual({ 'grpc-status': '0' });
  });

  it('encode the message as the specification of gRPC has it', () => {
    const trailers = trailersOf(new ServerStatus('not-found', '100 % ü\n'));
    expect(trailers).toEqual({ 'grpc-status': '5', 'grpc-message': '100 %25 %C3%BC%0A' });
  });

  it('carry details and what the handler adds', () => {
    const trailers = trailersOf(
      new ServerStatus('aborted', 'no', {
        details: [{ type: 'google.rpc.DebugInfo', value: Uint8Array.of(1) }],
        trailers: { 'x-many': ['a', 'b'], 'x-bin': Uint8Array.of(255) },
      }),
    );
    expect(trailers['x-many']).toEqual(['a', 'b']);
    expect(trailers['x-bin']).toEqual(['/w==']);
    const [encoded] = trailers['grpc-status-details-bin'] as string[];
    expect(fromBytes(decodeStatus, Buffer.from(encoded ?? '', 'base64'))).toEqual({
      code: 10,
      message: 'no',
      details: [{ typeUrl: 'type.googleapis.com/google.rpc.DebugInfo', value: Buffer.of(1) }],
    });
  });
});
