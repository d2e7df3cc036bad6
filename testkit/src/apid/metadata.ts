import { toBytes } from 'talos-client/wire';
import { encodeMetadata } from '../../generated/shared.js';
import { goErrorText, type ServerStatus, toStatus } from '../base/calls/status.js';

/**
 * How a reply carries the metadata of a node: as field 1 of the message itself, or of the one
 * message in the list that the reply holds as field 1.
 */
export type ReplyForm = 'message' | 'list';

/** Field 1, length-delimited: both the list of an envelope and the metadata of an entry. */
const FIELD_1 = 0x0a;

/** The reply with the name of the node appended, without a look at what else is in it. */
export function withHostname(reply: Uint8Array, form: ReplyForm, hostname: string): Uint8Array {
  const metadata = field(toBytes(encodeMetadata, { hostname }));
  if (form === 'message') return Buffer.concat([reply, metadata]);
  const entry = firstEntry(reply);
  // What follows the first entry stays as it is.
  return Buffer.concat([field(Buffer.concat([entry.bytes, metadata])), reply.subarray(entry.end)]);
}

/** The reply that stands for a node that failed. */
export function failedReply(status: ServerStatus, form: ReplyForm, hostname: string): Uint8Array {
  const metadata = field(
    toBytes(encodeMetadata, {
      hostname,
      error: goErrorText(status),
      status: toStatus(status),
    }),
  );
  return form === 'message' ? metadata : field(metadata);
}

function field(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  while (rest > 0x7f) {
    length.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  length.push(rest);
  return Buffer.concat([Uint8Array.of(FIELD_1, ...length), bytes]);
}

/** The first entry of a list in field 1. An empty reply counts as one with an empty entry. */
function firstEntry(reply: Uint8Array): { readonly bytes: Uint8Array; readonly end: number } {
  if (reply[0] !== FIELD_1) return { bytes: new Uint8Array(), end: 0 };
  let length = 0;
  let shift = 0;
  let pos = 1;
  for (;;) {
    const byte = reply[pos++] ?? 0;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
    shift += 7;
  }
  return { bytes: reply.subarray(pos, pos + length), end: pos + length };
}
