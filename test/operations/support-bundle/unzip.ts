import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** A file of a zip. */
export interface Unzipped {
  readonly name: string;
  readonly content: Buffer;
  /** Permissions and type, as Unix has them. */
  readonly mode: number;
}

/**
 * Reads a zip by its directory, as PKWARE describes it, and checks that what stands before and behind
 * each content says the same.
 */
export function unzip(bytes: Buffer): Unzipped[] {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end !== bytes.length - 22) throw new Error('the zip has no end, or something behind it');
  let entries = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  const directoryAt = bytes.lastIndexOf(Buffer.from('PK\x06\x06', 'latin1'), end);
  if (entries === 0xffff || at === 0xffffffff) {
    if (directoryAt === -1) throw new Error('the zip64 record is missing');
    const found = Number(bytes.readBigUInt64LE(end - 12));
    if (found !== directoryAt) throw new Error('the locator leads elsewhere');
    entries = Number(bytes.readBigUInt64LE(directoryAt + 32));
    at = Number(bytes.readBigUInt64LE(directoryAt + 48));
  }
  const files: Unzipped[] = [];
  for (let index = 0; index < entries; index += 1) {
    if (bytes.readUInt32LE(at) !== 0x02014b50) throw new Error('the directory is wrong');
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const extra = at + 46 + nameLength;
    const isLong = bytes.readUInt32LE(at + 20) === 0xffffffff;
    const long = (place: number) => Number(bytes.readBigUInt64LE(extra + 4 + place));
    const packedSize = isLong ? long(8) : bytes.readUInt32LE(at + 20);
    const size = isLong ? long(0) : bytes.readUInt32LE(at + 24);
    const offset = isLong ? long(16) : bytes.readUInt32LE(at + 42);
    const start = offset + 30 + bytes.readUInt16LE(offset + 26);
    if (bytes.toString('utf8', offset + 30, start) !== name) throw new Error('the names differ');
    const content = inflateRawSync(bytes.subarray(start, start + packedSize));
    if (content.length !== size) throw new Error(`${name}: the size is wrong`);
    if (bytes.readUInt32LE(start + packedSize) !== 0x08074b50) throw new Error('no descriptor');
    files.push({ name, content, mode: bytes.readUInt32LE(at + 38) >>> 16 });
    at += 46 + nameLength + extraLength;
  }
  return files;
}

/** What Python says of a zip: name → size; absent where there is no Python. */
export function sizesByPython(path: string): Record<string, number> | undefined {
  const program =
    'import sys, json, zipfile\n' +
    'z = zipfile.ZipFile(sys.argv[1])\n' +
    'assert z.testzip() is None\n' +
    'print(json.dumps({i.filename: i.file_size for i in z.infolist()}))';
  return byProgram('python3', ['-c', program, path], (output) => JSON.parse(output));
}

/** Whether Info-ZIP finds a zip whole; absent where it is missing. */
export function testByUnzip(path: string): boolean | undefined {
  return byProgram('unzip', ['-tqq', path], () => true);
}

/** Writes a zip to a file, for the two above. */
export function zipFile(path: string, bytes: Uint8Array): string {
  writeFileSync(path, bytes);
  return path;
}

function byProgram<T>(
  name: string,
  args: readonly string[],
  read: (output: string) => T,
): T | undefined {
  try {
    return read(execFileSync(name, args, { encoding: 'utf8', maxBuffer: 2 ** 28 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.warn(`skipped: ${name} is not on this machine`);
    return undefined;
  }
}
