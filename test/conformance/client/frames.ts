import type { Readable } from 'node:stream';

const PREFACE = 4;

/** The messages of a stream in which each comes after its length, a big-endian 32-bit number. */
export async function* readFrames(from: Readable): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of from) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= PREFACE) {
      const end = PREFACE + rest.readUInt32BE(0);
      if (rest.length < end) break;
      yield rest.subarray(PREFACE, end);
      rest = rest.subarray(end);
    }
  }
  if (rest.length > 0) throw new Error('the input ends in the middle of a message');
}

/** A message after its length. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFACE + message.length);
  framed.writeUInt32BE(message.length, 0);
  framed.set(message, PREFACE);
  return framed;
}
