import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';

/** One entry of an archive, as the headers have it. */
export interface Untarred {
  readonly name: string;
  /** The type flag: `0` a file, `5` a directory, `2` a symbolic link. */
  readonly type: string;
  readonly mode: number;
  readonly target: string;
  readonly content: Buffer;
}

/**
 * Reads a tar.gz by the description of the format in POSIX, pax headers included. Fails when a
 * checksum is wrong or the archive has no end.
 */
export function untar(archive: Uint8Array): Untarred[] {
  const bytes = gunzipSync(archive);
  const entries: Untarred[] = [];
  let pax = new Map<string, string>();
  for (let at = 0; ; ) {
    const header = bytes.subarray(at, at + 512);
    if (header.length < 512) throw new Error('the archive has no end');
    if (header.every((byte) => byte === 0)) return entries;
    checkSum(header);
    const text = (from: number, length: number) =>
      header.toString('utf8', from, from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const content = bytes.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
    const type = text(156, 1);
    if (type === 'x') {
      pax = paxRecords(content);
      continue;
    }
    const prefix = text(345, 155);
    entries.push({
      name: pax.get('path') ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`),
      type,
      mode: Number.parseInt(text(100, 8), 8),
      target: pax.get('linkpath') ?? text(157, 100),
      content,
    });
    pax = new Map();
  }
}

function checkSum(header: Buffer): void {
  const stated = Number.parseInt(header.toString('ascii', 148, 156), 8);
  const sum = header.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== stated) throw new Error(`the checksum is ${sum}, the header says ${stated}`);
}

function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString('ascii', at, content.indexOf(0x20, at)), 10);
    const record = content.toString('utf8', content.indexOf(0x20, at) + 1, at + length - 1);
    records.set(record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1));
    at += length;
  }
  return records;
}

/** The names in an archive as the program `tar` of this machine lists them; absent without one. */
export function namesByTar(archive: Uint8Array): string[] | undefined {
  try {
    const list = execFileSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' });
    return list.split('\n').slice(0, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
