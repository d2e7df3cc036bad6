import { malformed } from '../../runtime/protobuf/malformed.js';
import {
  closeMessage,
  emptyBytes,
  type Reader,
  readBytes,
  readInt32,
  readInt64,
  readTag,
  skipField,
  VARINT,
} from '../../runtime/protobuf/reader.js';
import { toMs } from '../../runtime/time.js';
import { addressText, endpointText } from './addresses.js';
import { timeText } from './time.js';

/** Scalars that a message of their own stands for. */
export type SmallMessage = 'address' | 'prefix' | 'endpoint' | 'url' | 'time' | 'duration';

/**
 * Reads a message that stands for one value, up to `end`: bytes or a text as field 1 (`common.NetIP`,
 * `common.NetIPPrefix`, `common.NetIPPort`, `common.URL`) or seconds (`google.protobuf.Timestamp`,
 * `google.protobuf.Duration`), and a number as field 2.
 */
export function readSmall(reader: Reader, end: number, kind: SmallMessage): string | number {
  let bytes = emptyBytes;
  let seconds = 0n;
  let number = 0;
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag >>> 3 === 2) number = readInt32(reader, tag);
    else if (tag >>> 3 !== 1) skipField(reader, tag);
    else if ((tag & 7) === VARINT) seconds = readInt64(reader, tag);
    else bytes = readBytes(reader, tag);
  }
  closeMessage(reader, end);
  if (kind === 'time') return timeText({ seconds, nanos: number });
  if (kind === 'duration') return toMs({ seconds, nanos: number });
  if (kind === 'url') return Buffer.from(bytes).toString();
  const address = addressText(bytes);
  if (address === undefined) throw malformed(end, `an address has ${bytes.length} bytes`);
  if (kind === 'address') return address;
  if (kind === 'endpoint') return endpointText(address, number);
  return address === '' ? '' : `${address}/${number}`;
}
