import type { Readable } from 'node:stream';
import { MAX_MESSAGE_BYTES } from '../apid/limits.js';
import { ServerStatus } from '../base/calls/status.js';

/** Flag byte and length in front of each message. */
const PREFIX_BYTES = 5;

/** A message as gRPC frames it, uncompressed. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** A frame that announces the whole message and holds half of it. */
export function cutFrame(message: Uint8Array): Buffer {
  const announced = Buffer.from(message.length > 1 ? message : Uint8Array.of(10, 1, 65));
  const framed = frame(announced);
  return framed.subarray(0, PREFIX_BYTES + (announced.length >> 1));
}

/**
 * The messages in a stream of frames. Reads no further than asked, so that the sender is held back
 * by flow control. Leaving does not end the stream.
 *
 * `isBroken` says whether an end of the stream is not one that the sender meant.
 *
 * @throws {ServerStatus} when a message is compressed, too large or cut short, or the sender went
 * away.
 */
export async function* readFrames(
  stream: Readable,
  isBroken: () => boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new Input(stream, isBroken);
  for (;;) {
    const prefix = await input.take(PREFIX_BYTES);
    if (prefix === undefined) return;
    if (prefix[0] !== 0) {
      throw new ServerStatus(
        'unimplemented',
        'grpc: Decompressor is not installed for grpc-encoding of the request',
      );
    }
    const length = prefix.readUInt32BE(1);
    if (length > MAX_MESSAGE_BYTES) {
      throw new ServerStatus(
        'resource-exhausted',
        `grpc: received message larger than max (${length} vs. ${MAX_MESSAGE_BYTES})`,
      );
    }
    const message = length === 0 ? Buffer.alloc(0) : await input.take(length);
    if (message === undefined) throw new ServerStatus('internal', 'unexpected EOF');
    yield message;
  }
}

/** Takes bytes out of a stream in the portions that are asked for. */
class Input {
  readonly #stream: Readable;
  readonly #isBroken: () => boolean;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(stream: Readable, isBroken: () => boolean) {
    this.#stream = stream;
    this.#isBroken = isBroken;
  }

  /** The next `count` bytes; absent when the stream ends before the first one. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.#length < count) {
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk !== null) {
        this.#parts.push(chunk);
        this.#length += chunk.length;
      } else if (this.#stream.readableEnded || this.#stream.destroyed) {
        if (this.#isBroken()) throw new ServerStatus('cancelled', 'context canceled');
        if (this.#length === 0) return undefined;
        throw new ServerStatus('internal', 'unexpected EOF');
      } else {
        await readable(this.#stream);
      }
    }
    const all = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    this.#length -= count;
    this.#parts = this.#length === 0 ? [] : [all.subarray(count)];
    return all.subarray(0, count);
  }
}

/** Resolves when there is more to read, or nothing more to come. */
function readable(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'close', 'error'] as const;
    const done = () => {
      for (const event of events) stream.removeListener(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}
