import type { AnyMethod } from 'talos-client';
import type { Cluster, Machine } from '../machine.js';
import type { Random } from '../random.js';
import type { Clock } from '../time/clock.js';

/** Metadata that came with a call: lower-case names, each with all its values. */
export type CallMetadata = ReadonlyMap<string, readonly (string | Uint8Array)[]>;

/** Who is at the other end of the connection that carries a call. */
export interface Peer {
  /** The address, such as `10.5.0.2` for a node or `127.0.0.1` for a client. */
  readonly address: string;
  /** Whether the connection comes through SideroLink, which nodes in maintenance trust. */
  readonly sideroLink: boolean;
}

/** One call as it arrives at a node, before anybody decoded anything. */
export interface ServerCall {
  /** The HTTP/2 path, such as `/machine.MachineService/Version`. */
  readonly path: string;
  readonly metadata: CallMetadata;
  /** What the caller dialled: the pseudo-header `:authority`, such as `10.5.0.2:50000`. */
  readonly authority: string;
  /** The Organization values of the peer's certificate. */
  readonly roles: readonly string[];
  readonly peer: Peer;
  /** The node whose endpoint took the call, by name. */
  readonly endpoint: string;
  /** Aborted when the caller is gone or the deadline has passed; the reason is a `ServerStatus`. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, in milliseconds since 1970 of the cluster's clock. */
  readonly deadline: number | undefined;
}

/**
 * Serves calls as bytes. Fails by throwing `ServerStatus`, `ConnectionLost` or `MessageCut`; ends
 * when the call's signal is aborted.
 */
export type ByteHandler = (
  call: ServerCall,
  requests: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array>;

/** What a handler knows about the call it serves. */
export interface CallContext {
  readonly method: AnyMethod;
  /** The time of the node; timers set on it end with the node's boot. */
  readonly clock: Clock;
  /** Numbers for this call: the same for the n-th call to the node, with the same seed. */
  readonly random: Random;
  /** The roles the caller has on this node. */
  readonly roles: readonly string[];
  readonly peer: Peer;
  readonly metadata: CallMetadata;
  /** Aborted when the caller is gone, the deadline has passed, or the node goes down. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, in milliseconds since 1970 of the cluster's clock. */
  readonly deadline: number | undefined;
}

/** A call with the node that serves it, as the handlers of the testkit get it. */
export interface ServedCall extends CallContext {
  readonly machine: Machine;
  readonly cluster: Cluster;
}
