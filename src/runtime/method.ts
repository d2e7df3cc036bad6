import type { Decode, Encode } from './codec.js';

/** The four shapes of a gRPC call. */
export type MethodKind = 'unary' | 'server-stream' | 'client-stream' | 'duplex';

/** The roles that Talos knows. A client has those in the Organization of its certificate. */
export type Role =
  | 'os:admin'
  | 'os:operator'
  | 'os:reader'
  | 'os:etcd:backup'
  | 'os:image:verifier'
  | 'os:meta:writer'
  | 'os:impersonator';

/**
 * What a repeat of the call does.
 *
 * - `read`: it changes nothing.
 * - `idempotent`: on the same node it ends in the same state. On another node it is another action.
 * - `unsafe`: it acts once more, or acts on what the first call left.
 */
export type Idempotency = 'read' | 'idempotent' | 'unsafe';

/**
 * What the caller gets of a reply on the wire.
 *
 * - `none`: the reply as it is.
 * - `message`: the one entry of an envelope's `messages`.
 * - `acknowledgement`: an envelope whose entry holds only metadata; the caller gets nothing.
 * - `empty`: `google.protobuf.Empty`; the caller gets nothing.
 * - `item`: each message of the stream, which may carry the failure of a node as `metadata`.
 * - `bytes`: a stream of `common.Data`; the caller gets the bytes.
 */
export type Unwrap = 'none' | 'message' | 'acknowledgement' | 'empty' | 'item' | 'bytes';

/**
 * The facts of one RPC, for calls, transports, repeats and the testkit.
 *
 * `Request` is what the caller passes, `Reply` what the caller gets after unwrapping.
 */
export interface Method<Kind extends MethodKind, Request, Reply> {
  /** The HTTP/2 path, such as `/machine.MachineService/Version`. */
  readonly path: string;
  readonly kind: Kind;
  readonly idempotency: Idempotency;
  /**
   * Milliseconds until a unary call ends with `deadline-exceeded`, or `'none'`. Set where the RPC
   * may take longer than the client's default; absent for all others.
   */
  readonly timeoutMs?: number | 'none';
  /** The roles that may call it; one of them is enough. Empty when the RPC needs none. */
  readonly roles: readonly Role[];
  /** The Talos release that brought it, such as `1.9`; `1.6` means 1.6 or older. */
  readonly since: string;
  /** Whether nodes refuse it with `unimplemented` unless they are control planes. */
  readonly controlPlane?: true;
  /**
   * The fields of the request that must be stated, each with what the call would do without it,
   * such as `would wipe all disks`. `devices.method` is a field inside another. A call without them
   * is refused.
   */
  readonly required?: Readonly<Record<string, string>>;
  /** Whether apid accepts it with the `nodes` header, which asks many nodes in one call. */
  readonly aggregates?: true;
  /**
   * Set where the stream goes on until its reader leaves it: always, or when this field of the
   * request is true.
   */
  readonly follows?: true | string;
  /** The Talos release that removes it, when it is deprecated. */
  readonly removal?: string;
  /** Set when callers pass bytes; each piece is sent as a `common.Data`. */
  readonly wrap?: 'bytes';
  readonly unwrap: Unwrap;
  // biome-ignore lint/suspicious/noExplicitAny: the message on the wire differs from Request by `wrap`.
  readonly encode: Encode<any>;
  // biome-ignore lint/suspicious/noExplicitAny: the message on the wire differs from Reply by `unwrap`.
  readonly decode: Decode<any>;
  /** Carries the types; never set. */
  readonly types?: { readonly request: Request; readonly reply: Reply };
}

/** Any RPC, where its types do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the types of any method fit.
export type AnyMethod = Method<MethodKind, any, any>;

/** An RPC with the codecs of a server: how it reads requests and writes replies. */
export interface ServerMethod {
  readonly method: AnyMethod;
  // biome-ignore lint/suspicious/noExplicitAny: the types of any method fit.
  readonly decodeRequest: Decode<any>;
  /** Writes the reply as it is on the wire, with its envelope. */
  // biome-ignore lint/suspicious/noExplicitAny: the types of any method fit.
  readonly encodeReply: Encode<any>;
}

/** The name of an RPC as people write it: `machine.MachineService/Version`. */
export function rpcName(method: AnyMethod): string {
  return method.path.slice(1);
}
