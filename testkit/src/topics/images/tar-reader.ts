/** A file in an archive. */
export interface TarFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Where a link leads; absent for what is no link. */
  readonly link: string | undefined;
  /** The content, piece by piece. What is not read is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
/** Names that do not fit a header are this long at most, in bytes. */
const MAX_NAME = 2 ** 20;

/**
 * Reads a tar archive as it arrives: the POSIX format with its extended headers, and GNU's long
 * names. Directories and devices are left out.
 *
 * @throws {Error} with the words of Go's archive/tar, when it is none or ends early.
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarFile, void, undefined> {
  const bytes = new ByteReader(chunks);
  let next: { name?: string | undefined; link?: string | undefined } = {};
  for (;;) {
    const header = await bytes.block();
    // An archive may end without the two empty blocks that belong there.
    if (header === undefined || header.every((byte) => byte === 0)) return;
    if (!isHeader(header)) throw new Error('archive/tar: invalid tar header');
    const size = numberAt(header, 124, 12);
    const type = String.fromCharCode(header[156] ?? 0);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (type === 'x' || type === 'L' || type === 'K') {
      if (size > MAX_NAME) throw new Error('archive/tar: header field too long');
      const text = await textOf(bytes.pieces(size));
      await drain(bytes.pieces(padding));
      if (type === 'L') next.name = untilNul(text);
      else if (type === 'K') next.link = untilNul(text);
      else next = { ...next, ...extended(text) };
      continue;
    }
    const name = next.name ?? nameOf(header);
    const link = next.link ?? textAt(header, 157, 100);
    const body = bytes.pieces(type === '1' || type === '2' ? 0 : size);
    if (type === '0' || type === '\0') yield { name, size, link: undefined, body };
    else if (type === '1' || type === '2') yield { name, size: 0, link, body };
    if (type !== 'g') next = {};
    await drain(body);
    if (type !== '1' && type !== '2') await drain(bytes.pieces(padding));
  }
}

/** Bytes in pieces as they come, read in pieces as they are needed. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  /** The next block; absent at the end. */
  async block(): Promise<Uint8Array | undefined> {
    if (!(await this.#fill())) return undefined;
    const block = new Uint8Array(BLOCK);
    let filled = 0;
    for await (const piece of this.pieces(BLOCK)) {
      block.set(piece, filled);
      filled += piece.length;
    }
    return block;
  }

  /** The next `size` bytes. What was read of them is not given again. */
  async *pieces(size: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = size;
    while (left > 0) {
      if (!(await this.#fill())) throw new Error('unexpected EOF');
      const piece = this.#piece.subarray(0, left);
      this.#piece = this.#piece.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async #fill(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      this.#piece = value;
    }
    return true;
  }
}

/** The sum in a header counts its own field as spaces. */
function isHeader(header: Uint8Array): boolean {
  const sum = header.reduce(
    (total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte),
    0,
  );
  return sum === numberAt(header, 148, 8);
}

function nameOf(header: Uint8Array): string {
  const name = textAt(header, 0, 100);
  const prefix = textAt(header, 257, 6) === 'ustar' ? textAt(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal digits, or for large numbers the bytes themselves, with the highest bit set. */
function numberAt(header: Uint8Array, start: number, length: number): number {
  const field = header.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    return field.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
  }
  const digits = Buffer.from(field).toString('latin1').replace(/[\0 ]/g, '');
  if (!/^[0-7]*$/.test(digits)) throw new Error('archive/tar: invalid tar header');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function textAt(header: Uint8Array, start: number, length: number): string {
  return untilNul(Buffer.from(header.subarray(start, start + length)).toString());
}

function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** The records of an extended header: length, name and value, as `14 path=a/b.c`. */
function extended(text: string): { name?: string; link?: string } {
  const records = new Map(
    [...text.matchAll(/\d+ ([^=\n]+)=([^\n]*)\n/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const name = records.get('path');
  const link = records.get('linkpath');
  return { ...(name === undefined ? {} : { name }), ...(link === undefined ? {} : { link }) };
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const list: Uint8Array[] = [];
  for await (const piece of pieces) list.push(piece);
  return Buffer.concat(list).toString();
}

async function drain(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of pieces);
}
