import type { Socket } from 'node:net';

/** The types of HTTP/2 frames (RFC 9113, section 6). */
export const types = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;

export const flags = { none: 0, endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;

const nothing = Buffer.alloc(0);

/** An HTTP/2 frame, whose length may be a lie. */
export function h2(
  type: number,
  flag: number,
  stream: number,
  payload: Uint8Array = nothing,
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flag;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    }),
  );
}

/** Header fields as HPACK literals, which need no table and no Huffman code. */
export function headerBlock(
  ...fields: readonly (readonly [name: string, value: string])[]
): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  );
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** The server's first frame. */
export const settings = h2(types.settings, flags.none, 0);

/** What a server that speaks gRPC sends on `stream` before its replies. */
export function grpcHead(stream: number, flag: number = flags.endHeaders): Buffer {
  const block = headerBlock([':status', '200'], ['content-type', 'application/grpc']);
  return h2(types.headers, flag, stream, block);
}

/** Replies, framed for gRPC already, on `stream`. */
export function grpcData(stream: number, frames: Buffer): Buffer {
  return h2(types.data, flags.none, stream, frames);
}

/** The end of a call. */
export function grpcTail(stream: number, status = '0'): Buffer {
  const block = headerBlock(['grpc-status', status]);
  return h2(types.headers, flags.endHeaders | flags.endStream, stream, block);
}

export function reset(stream: number, code: number): Buffer {
  return h2(types.reset, flags.none, stream, uint32(code));
}

export function goaway(lastStream: number, code: number): Buffer {
  return h2(types.goaway, flags.none, 0, uint32(lastStream, code));
}

/** What a server by the byte does on one connection. */
export interface RawServer {
  /** Sent when the client has said hello. */
  readonly hello: Buffer;
  /** Called when a request has come with all its frames. */
  readonly request?: ((stream: number, socket: Socket) => void) | undefined;
}

const preface = 24;

/** Reads a client's frames, says hello, takes its settings, and leaves the rest to `server`. */
export function serveRaw(socket: Socket, { hello, request }: RawServer): void {
  let bytes = nothing;
  let greeted = false;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (!greeted) {
      if (bytes.length < preface) return;
      bytes = bytes.subarray(preface);
      greeted = true;
      if (hello.length > 0) socket.write(hello);
    }
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const [type, flag] = [bytes[3], bytes[4] ?? 0];
      const stream = bytes.readUInt32BE(5);
      bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3));
      const last = type === types.data || type === types.headers;
      if (last && (flag & flags.endStream) !== 0) request?.(stream, socket);
    }
  });
}
