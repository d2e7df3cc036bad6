import { fromBytes } from '../codec.js';
import { isBytes } from '../protobuf/bytes.js';
import {
  closeMessage,
  openMessage,
  Reader,
  readBytes,
  readInt32,
  readInt64,
  readTag,
  skipField,
} from '../protobuf/reader.js';
import { readString } from '../protobuf/text.js';

/** A `google.rpc.Status` as it travels in replies and trailers. */
export interface Status {
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly typeUrl: string; readonly value: Uint8Array }[];
}

/** What every detail has, whether its type is known or not. */
interface RawDetail {
  /** The full name of the message type, such as `google.rpc.RetryInfo`. */
  readonly type: string;
  /** The encoded message. */
  readonly value: Uint8Array;
}

/** Why the call failed, in a form for programs: `google.rpc.ErrorInfo`. */
export interface ErrorInfo extends RawDetail {
  readonly kind: 'error-info';
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** When to try again: `google.rpc.RetryInfo`. */
export interface RetryInfo extends RawDetail {
  readonly kind: 'retry-info';
  readonly retryDelayMs: number;
}

/** Where the server was when it failed: `google.rpc.DebugInfo`. */
export interface DebugInfo extends RawDetail {
  readonly kind: 'debug-info';
  readonly stackEntries: readonly string[];
  readonly detail: string;
}

/** Which quotas were exceeded: `google.rpc.QuotaFailure`. */
export interface QuotaFailure extends RawDetail {
  readonly kind: 'quota-failure';
  readonly violations: readonly { readonly subject: string; readonly description: string }[];
}

/** What must hold before the call can succeed: `google.rpc.PreconditionFailure`. */
export interface PreconditionFailure extends RawDetail {
  readonly kind: 'precondition-failure';
  readonly violations: readonly {
    readonly type: string;
    readonly subject: string;
    readonly description: string;
  }[];
}

/** Which fields of the request are wrong: `google.rpc.BadRequest`. */
export interface BadRequest extends RawDetail {
  readonly kind: 'bad-request';
  readonly fieldViolations: readonly {
    readonly field: string;
    readonly description: string;
    readonly reason: string;
  }[];
}

/** How the server names the call in its logs: `google.rpc.RequestInfo`. */
export interface RequestInfo extends RawDetail {
  readonly kind: 'request-info';
  readonly requestId: string;
  readonly servingData: string;
}

/** Which resource is meant: `google.rpc.ResourceInfo`. */
export interface ResourceInfo extends RawDetail {
  readonly kind: 'resource-info';
  readonly resourceType: string;
  readonly resourceName: string;
  readonly owner: string;
  readonly description: string;
}

/** Where to read more: `google.rpc.Help`. */
export interface Help extends RawDetail {
  readonly kind: 'help';
  readonly links: readonly { readonly description: string; readonly url: string }[];
}

/** The message for users, in their language: `google.rpc.LocalizedMessage`. */
export interface LocalizedMessage extends RawDetail {
  readonly kind: 'localized-message';
  readonly locale: string;
  readonly message: string;
}

/** A detail of another type, or one that cannot be decoded. */
export interface OtherDetail extends RawDetail {
  readonly kind: 'other';
}

/** One entry in the details of a `google.rpc.Status`. `kind` tells the standard types apart. */
export type StatusDetail =
  | ErrorInfo
  | RetryInfo
  | DebugInfo
  | QuotaFailure
  | PreconditionFailure
  | BadRequest
  | RequestInfo
  | ResourceInfo
  | Help
  | LocalizedMessage
  | OtherDetail;

/**
 * The details in the trailer `grpc-status-details-bin`. Empty when there are none, or when the
 * trailer is not a `google.rpc.Status`: broken details must not hide the error they belong to.
 */
export function readStatusDetails(trailer: string | Uint8Array | undefined): StatusDetail[] {
  if (!isBytes(trailer)) return [];
  try {
    const details: StatusDetail[] = [];
    fromBytes((reader, end) => {
      eachField(reader, end, (field, tag) => {
        if (field !== 3) return false;
        details.push(readMessage(reader, tag, readAny));
        return true;
      });
      return undefined;
    }, trailer);
    return details;
  } catch {
    return [];
  }
}

/** The typed form of one detail. */
export function toStatusDetail({
  typeUrl,
  value,
}: {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}): StatusDetail {
  const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const read = standard.get(type);
  if (read !== undefined) {
    try {
      const reader = new Reader(value);
      return { ...read(reader, reader.end), type, value };
    } catch {
      // As good as a type that is not known.
    }
  }
  return { kind: 'other', type, value };
}

function readAny(reader: Reader, end: number): StatusDetail {
  let typeUrl = '';
  let value: Uint8Array = new Uint8Array();
  eachField(reader, end, (field, tag) => {
    if (field === 1) typeUrl = readString(reader, tag);
    else if (field === 2) value = readBytes(reader, tag);
    else return false;
    return true;
  });
  return toStatusDetail({ typeUrl, value });
}

type Bare<Detail> = Detail extends StatusDetail ? Omit<Detail, keyof RawDetail> : never;

const standard = new Map<string, (reader: Reader, end: number) => Bare<StatusDetail>>([
  ['google.rpc.ErrorInfo', readErrorInfo],
  [
    'google.rpc.RetryInfo',
    (reader, end) => {
      let retryDelayMs = 0;
      eachField(reader, end, (field, tag) => {
        if (field !== 1) return false;
        retryDelayMs = readMessage(reader, tag, readDurationMs);
        return true;
      });
      return { kind: 'retry-info', retryDelayMs };
    },
  ],
  [
    'google.rpc.DebugInfo',
    (reader, end) => {
      const stackEntries: string[] = [];
      let detail = '';
      eachField(reader, end, (field, tag) => {
        if (field === 1) stackEntries.push(readString(reader, tag));
        else if (field === 2) detail = readString(reader, tag);
        else return false;
        return true;
      });
      return { kind: 'debug-info', stackEntries, detail };
    },
  ],
  [
    'google.rpc.QuotaFailure',
    (reader, end) => ({
      kind: 'quota-failure',
      violations: readList(reader, end, ['subject', 'description']),
    }),
  ],
  [
    'google.rpc.PreconditionFailure',
    (reader, end) => ({
      kind: 'precondition-failure',
      violations: readList(reader, end, ['type', 'subject', 'description']),
    }),
  ],
  [
    'google.rpc.BadRequest',
    (reader, end) => ({
      kind: 'bad-request',
      fieldViolations: readList(reader, end, ['field', 'description', 'reason']),
    }),
  ],
  [
    'google.rpc.RequestInfo',
    (reader, end) => ({
      kind: 'request-info',
      ...readStrings(reader, end, ['requestId', 'servingData']),
    }),
  ],
  [
    'google.rpc.ResourceInfo',
    (reader, end) => ({
      kind: 'resource-info',
      ...readStrings(reader, end, ['resourceType', 'resourceName', 'owner', 'description']),
    }),
  ],
  [
    'google.rpc.Help',
    (reader, end) => ({ kind: 'help', links: readList(reader, end, ['description', 'url']) }),
  ],
  [
    'google.rpc.LocalizedMessage',
    (reader, end) => ({
      kind: 'localized-message',
      ...readStrings(reader, end, ['locale', 'message']),
    }),
  ],
]);

function readErrorInfo(reader: Reader, end: number): Bare<ErrorInfo> {
  let reason = '';
  let domain = '';
  const metadata: [string, string][] = [];
  eachField(reader, end, (field, tag) => {
    if (field === 1) reason = readString(reader, tag);
    else if (field === 2) domain = readString(reader, tag);
    else if (field === 3) {
      const { key, value } = readMessage(reader, tag, (entry, entryEnd) =>
        readStrings(entry, entryEnd, ['key', 'value']),
      );
      metadata.push([key, value]);
    } else return false;
    return true;
  });
  return { kind: 'error-info', reason, domain, metadata: Object.fromEntries(metadata) };
}

function readDurationMs(reader: Reader, end: number): number {
  let seconds = 0n;
  let nanos = 0;
  eachField(reader, end, (field, tag) => {
    if (field === 1) seconds = readInt64(reader, tag);
    else if (field === 2) nanos = readInt32(reader, tag);
    else return false;
    return true;
  });
  return Number(seconds) * 1000 + nanos / 1e6;
}

/** Reads the messages of field 1, which hold the strings `names`. */
function readList<Name extends string>(
  reader: Reader,
  end: number,
  names: readonly Name[],
): Record<Name, string>[] {
  const list: Record<Name, string>[] = [];
  eachField(reader, end, (field, tag) => {
    if (field !== 1) return false;
    list.push(readMessage(reader, tag, (entry, entryEnd) => readStrings(entry, entryEnd, names)));
    return true;
  });
  return list;
}

/** Reads a message whose fields 1, 2, … are the strings `names`. */
function readStrings<Name extends string>(
  reader: Reader,
  end: number,
  names: readonly Name[],
): Record<Name, string> {
  const strings = Object.fromEntries(names.map((name) => [name, ''])) as Record<Name, string>;
  eachField(reader, end, (field, tag) => {
    const name = names[field - 1];
    if (name === undefined) return false;
    strings[name] = readString(reader, tag);
    return true;
  });
  return strings;
}

function readMessage<T>(reader: Reader, tag: number, read: (reader: Reader, end: number) => T): T {
  const end = openMessage(reader, tag);
  const message = read(reader, end);
  closeMessage(reader, end);
  return message;
}

/** Calls `read` for each field. A field that it does not read is skipped. */
function eachField(
  reader: Reader,
  end: number,
  read: (field: number, tag: number) => boolean,
): void {
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (!read(tag >>> 3, tag)) skipField(reader, tag);
  }
}
