import { gzipSync } from 'node:zlib';

/** An entry of an archive, with whatever its header shall say. */
export interface Part {
  readonly name: string | Uint8Array;
  /** The type flag. Default: `0`, a file. */
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly link?: string | Uint8Array;
  readonly mode?: number;
  /** The field of the size, as it stands in the header. Default: the length of the content. */
  readonly size?: string | Uint8Array;
  /** Changes the header before its checksum is made. */
  readonly change?: (header: Buffer) => void;
  readonly checksum?: string;
}

/** The header of an entry and its content, with padding. Names are cut at 100 bytes. */
export function entry({ name, type = '0', content = '', link = '', mode = 0o644, ...part }: Part) {
  const body = Buffer.from(content as Uint8Array);
  const header = Buffer.alloc(512);
  Buffer.from(name as Uint8Array).copy(header, 0, 0, 100);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100, 'latin1');
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  const size = part.size ?? `${body.length.toString(8).padStart(11, '0')}\0`;
  Buffer.from(size as Uint8Array).copy(header, 124, 0, 12);
  header.write(`${'0'.padStart(11, '0')}\0`, 136);
  header.write('        ', 148);
  header.write(type, 156, 'latin1');
  Buffer.from(link as Uint8Array).copy(header, 157, 0, 100);
  header.write('ustar\u000000', 257, 'latin1');
  part.change?.(header);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(part.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** A record of a pax header, with its length before it. */
export function record(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([
    Buffer.from(` ${key}=`),
    Buffer.from(value as Uint8Array),
    Buffer.from('\n'),
  ]);
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

/** What stands behind all entries. */
export const end = Buffer.alloc(1024);

/** An archive of entries, with its end. */
export function tarOf(...parts: readonly (Part | Buffer)[]): Buffer {
  return Buffer.concat([...parts.map((part) => (Buffer.isBuffer(part) ? part : entry(part))), end]);
}

/** The same, compressed. */
export function tarGzOf(...parts: readonly (Part | Buffer)[]): Buffer {
  return gzipSync(tarOf(...parts));
}

/** Bytes in chunks of `length`. */
export async function* inChunks(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
