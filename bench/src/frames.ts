import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

const HEADER = 9;
const DATA = 0;
const END_STREAM = 1;

/** The five bytes gRPC puts before a message, and the message. */
export function frameMessage(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** An encoded `common.Data` with `size` bytes. */
export function dataMessage(size: number): Buffer {
  const length: number[] = [];
  let rest = size;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([0x12, ...length, rest]), Buffer.alloc(size, 'talos ')]);
}

/** Where one stream stands between two gRPC messages. */
interface Progress {
  head: Buffer;
  missing: number;
}

/**
 * A socket whose outgoing HTTP/2 DATA frames are cut so that each gRPC message has its own, which
 * is how Go servers such as Talos' write them. Node's server joins messages to frames of 16 KiB,
 * and fewer frames cost the client less.
 */
export function messageFraming(socket: TLSSocket): Duplex {
  const streams = new Map<number, Progress>();
  let unread = Buffer.alloc(0);
  const duplex = new Duplex({
    read: () => socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      const out: Uint8Array[] = [];
      let bytes = Buffer.concat([unread, chunk]);
      while (bytes.length >= HEADER) {
        const end = HEADER + bytes.readUIntBE(0, 3);
        if (bytes.length < end) break;
        const frame = bytes.subarray(0, end);
        if (frame[3] === DATA && end > HEADER) cutFrame(streams, frame, out);
        else out.push(frame);
        bytes = bytes.subarray(end);
      }
      unread = bytes;
      if (out.length === 0) done();
      else socket.write(Buffer.concat(out), done);
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    if (!duplex.push(chunk)) socket.pause();
  });
  socket.on('end', () => duplex.push(null));
  socket.on('close', () => duplex.destroy());
  socket.on('error', () => duplex.destroy());
  return duplex;
}

function cutFrame(streams: Map<number, Progress>, frame: Buffer, out: Uint8Array[]): void {
  const id = frame.readUInt32BE(5);
  const flags = frame[4] as number;
  const body = frame.subarray(HEADER);
  const progress = streams.get(id) ?? { head: Buffer.alloc(0), missing: 0 };
  let start = 0;
  for (let pos = 0; pos < body.length; ) {
    if (progress.missing === 0) {
      const head = body.subarray(pos, pos + 5 - progress.head.length);
      progress.head = Buffer.concat([progress.head, head]);
      pos += head.length;
      if (progress.head.length < 5) continue;
      progress.missing = progress.head.readUInt32BE(1);
      progress.head = Buffer.alloc(0);
    } else {
      const taken = Math.min(progress.missing, body.length - pos);
      progress.missing -= taken;
      pos += taken;
    }
    if (progress.missing === 0 && progress.head.length === 0 && pos < body.length) {
      out.push(dataFrame(id, flags & ~END_STREAM, body.subarray(start, pos)));
      start = pos;
    }
  }
  out.push(dataFrame(id, flags, body.subarray(start)));
  if (flags & END_STREAM) streams.delete(id);
  else streams.set(id, progress);
}

function dataFrame(id: number, flags: number, body: Buffer): Buffer {
  const frame = Buffer.alloc(HEADER + body.length);
  frame.writeUIntBE(body.length, 0, 3);
  frame[4] = flags;
  frame.writeUInt32BE(id, 5);
  frame.set(body, HEADER);
  return frame;
}
