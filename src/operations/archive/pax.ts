import { ArchiveError } from './archive-error.js';
import { checkedSize } from './tar-header.js';

/** What the records before a header say in its place. */
export interface PaxFacts {
  readonly path?: Uint8Array | undefined;
  readonly linkPath?: Uint8Array | undefined;
  readonly size?: number | undefined;
  /** Whether the content is a map of a file with holes, and not the file. */
  readonly isSparse: boolean;
}

/**
 * Reads records of POSIX.1-2001: `length key=value`, each with a line break at its end. The length is
 * that of the whole record.
 *
 * @param at where in the archive they stand, for messages
 * @throws {ArchiveError} when they are none
 */
export function readPax(content: Uint8Array, at: number): PaxFacts {
  const facts: {
    path?: Uint8Array;
    linkPath?: Uint8Array;
    size?: number;
    isSparse: boolean;
  } = { isSparse: false };
  for (let start = 0; start < content.length; ) {
    const { key, value, end } = record(content, start, at);
    if (key === 'path') facts.path = value;
    else if (key === 'linkpath') facts.linkPath = value;
    else if (key === 'size') facts.size = sizeOf(value, at);
    else if (key.startsWith('GNU.sparse.')) facts.isSparse = true;
    start = end;
  }
  return facts;
}

function record(
  content: Uint8Array,
  start: number,
  at: number,
): { readonly key: string; readonly value: Uint8Array; readonly end: number } {
  const space = content.indexOf(0x20, start);
  const digits = space === -1 ? '' : Buffer.from(content.subarray(start, space)).toString('latin1');
  const end = start + (/^[1-9]\d{0,9}$/.test(digits) ? Number(digits) : 0);
  const equals = content.indexOf(0x3d, space);
  if (end <= space || end > content.length || content[end - 1] !== 0x0a || equals >= end) {
    throw new ArchiveError(`the records of a pax header at byte ${at} are malformed`);
  }
  if (equals === -1) throw new ArchiveError(`a pax record at byte ${at} has no value`);
  return {
    key: Buffer.from(content.subarray(space + 1, equals)).toString('utf8'),
    value: content.subarray(equals + 1, end - 1),
    end,
  };
}

function sizeOf(value: Uint8Array, at: number): number {
  const text = Buffer.from(value).toString('latin1');
  if (!/^\d+$/.test(text)) throw new ArchiveError(`the size in a pax header at byte ${at} is none`);
  return checkedSize(Number(text), 'size', at);
}
