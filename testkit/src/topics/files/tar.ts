/** The unit that archives are made of, in bytes. */
const BLOCK = 512;

/** How long a name may be in the old format, and how long what stands before it. */
const NAME = 100;
const PREFIX = 155;

const typeFlags = {
  file: '0',
  symlink: '2',
  'char-device': '3',
  'block-device': '4',
  directory: '5',
} as const;

/** What may be in an archive. */
export type Archivable = keyof typeof typeFlags;

/** One entry of an archive. */
export interface TarEntry {
  /** The name within the archive; those of directories end with a slash. */
  readonly name: string;
  readonly kind: Archivable;
  readonly permissions: number;
  readonly uid: number;
  readonly gid: number;
  /** In milliseconds since 1970. */
  readonly modifiedAt: number;
  /** What a symbolic link leads to. */
  readonly target: string;
  /** The bytes of a regular file; 0 for others. */
  readonly size: number;
  /** All of these bytes, or the first ones when the rest cannot be had. */
  readonly content: Uint8Array;
}

/** The end of an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * BLOCK);

/**
 * An entry of an archive: its header, and its content filled up to whole blocks. In the format ustar
 * of POSIX, with a pax header before it when a name does not fit there.
 */
export function* tarEntry(entry: TarEntry): Generator<Uint8Array, void, undefined> {
  const { name, target, size, content } = entry;
  const place = placeOf(name);
  const records = [
    ...(place === undefined ? [['path', name] as const] : []),
    ...(fits(target, NAME) ? [] : [['linkpath', target] as const]),
  ];
  if (records.length > 0) yield* paxHeader(records);
  yield header({ ...entry, ...(place ?? { prefix: '', name: cut(name) }), target: cut(target) });
  if (content.length === size) yield* filled(content);
  else yield content;
}

function* paxHeader(
  records: readonly (readonly [key: string, value: string])[],
): Generator<Uint8Array, void, undefined> {
  const content = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const block = Buffer.alloc(BLOCK);
  writeFields(block, { name: 'PaxHeaders.0/entry', prefix: '', target: '', type: 'x' });
  writeNumbers(block, { mode: 0o644, uid: 0, gid: 0, size: content.length, mtime: 0 });
  writeChecksum(block);
  yield block;
  yield* filled(content);
}

/** A record that begins with its own length. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  let total = length;
  while (total !== length + String(total).length) total = length + String(total).length;
  return Buffer.from(`${total}${rest}`);
}

function header(entry: TarEntry & { readonly prefix: string }): Uint8Array {
  const { name, prefix, target, kind, permissions, uid, gid, modifiedAt, size } = entry;
  const block = Buffer.alloc(BLOCK);
  writeFields(block, { name, prefix, target, type: typeFlags[kind] });
  writeNumbers(block, {
    mode: permissions,
    uid,
    gid,
    size,
    mtime: Math.floor(modifiedAt / 1000),
  });
  block.write('root', 265);
  block.write('root', 297);
  writeChecksum(block);
  return block;
}

function writeFields(
  block: Buffer,
  fields: {
    readonly name: string;
    readonly prefix: string;
    readonly target: string;
    readonly type: string;
  },
): void {
  block.write(fields.name, 0);
  block.write(fields.type, 156);
  block.write(fields.target, 157);
  block.write('ustar\0', 257);
  block.write('00', 263);
  block.write(fields.prefix, 345);
}

function writeNumbers(
  block: Buffer,
  numbers: Readonly<Record<'mode' | 'uid' | 'gid' | 'size' | 'mtime', number>>,
): void {
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  block.write(octal(numbers.mode, 7), 100);
  block.write(octal(numbers.uid, 7), 108);
  block.write(octal(numbers.gid, 7), 116);
  block.write(octal(numbers.size, 11), 124);
  block.write(octal(numbers.mtime, 11), 136);
}

/** The sum of the header's bytes, with blanks where it will stand. */
function writeChecksum(block: Buffer): void {
  block.write(' '.repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

function* filled(content: Uint8Array): Generator<Uint8Array, void, undefined> {
  if (content.length === 0) return;
  yield content;
  const rest = content.length % BLOCK;
  if (rest > 0) yield new Uint8Array(BLOCK - rest);
}

/** Where a name goes in the old format; absent when it does not fit. */
function placeOf(name: string): { readonly prefix: string; readonly name: string } | undefined {
  if (fits(name, NAME)) return { prefix: '', name };
  if (!isAscii(name)) return undefined;
  // The slash in the middle is not written.
  for (let at = name.indexOf('/'); at !== -1 && at <= PREFIX; at = name.indexOf('/', at + 1)) {
    const rest = name.slice(at + 1);
    if (at > 0 && rest !== '' && rest.length <= NAME) {
      return { prefix: name.slice(0, at), name: rest };
    }
  }
  return undefined;
}

function fits(text: string, length: number): boolean {
  return isAscii(text) && text.length <= length;
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them.
  return /^[\x01-\x7f]*$/.test(text);
}

/** A stand-in for readers that do not know pax. */
function cut(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, NAME);
}
