import type { ClientCertificate } from '../credentials/client-certificate.js';
import type { Outcome } from '../errors/outcome.js';
import type { TalosRpcError } from '../errors/rpc-error.js';
import type { StatusName } from '../errors/status.js';
import type { MetadataInit } from '../metadata.js';
import type { Idempotency, MethodKind } from '../method.js';
import type { ObservedClient } from '../observed-client.js';
import type { Within } from './within.js';

// No message has metadata, requests, replies or credentials. Only `error` may hold texts of a peer, and
// what the caller's own code threw.

export type { ObservedClient } from '../observed-client.js';
export type { Within } from './within.js';

/** A client was created, or closed: `talos-client:client`. */
export interface ClientMessage {
  readonly client: ObservedClient;
  readonly state: 'opened' | 'closed';
}

/** How many messages went one way, and how many bytes they have as protobuf. */
export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * One call with all its attempts: `tracing:talos-client:call:*`. All events of a call have the same
 * object, which grows until `asyncEnd`.
 */
export interface CallMessage {
  readonly client: ObservedClient;
  /** The RPC, such as `machine.MachineService/Version`. */
  readonly rpc: string;
  readonly kind: MethodKind;
  readonly idempotency: Idempotency;
  /** Whether it is a stream that goes on until its reader leaves it, such as a log with `follow`. */
  readonly follows: boolean;
  /** The node that the call is addressed to; absent when it is for whichever endpoint answers. */
  readonly node: string | undefined;
  /** The nodes that the endpoint asks, for `callAggregated` and `streamAggregated`. */
  readonly nodes: readonly string[] | undefined;
  /** The `cluster` of the client's options. */
  readonly cluster: string | undefined;
  /** The step of a flow that makes the call; absent for all other calls. */
  readonly within: Within | undefined;
  /** Milliseconds until `deadline-exceeded`; absent for none. */
  readonly timeoutMs: number | undefined;
  /** When it began, in milliseconds on the client's clock, as all times of its messages. */
  readonly startedAtMs: number;
  /** How many attempts there were so far. */
  readonly attempts: number;
  /** The endpoint of the last attempt; absent before the first one. */
  readonly endpoint: string | undefined;
  /** What was sent, in all attempts together. */
  readonly sent: Traffic;
  /** What was received. */
  readonly received: Traffic;
  /**
   * How it ended; `cancelled` also when the caller ended it. Absent while it is open, and when it
   * ended with an error that has no status.
   */
  readonly status: 'ok' | StatusName | undefined;
  /** What is known of the call when it failed; see `Outcome`. */
  readonly outcome: Outcome | undefined;
  /**
   * The error that the caller gets. It may hold texts of a node, which may quote what the caller
   * sent, and it may be what the caller's own code threw.
   */
  readonly error: unknown;
  /** Why it failed in this library's own words, which quote nobody; absent when a peer said why. */
  readonly reason: string | undefined;
  /** Milliseconds from its begin to the first reply of a stream, or else to its end. */
  readonly answeredAfterMs: number | undefined;
  /** Milliseconds from its begin to its end; absent while it is open. */
  readonly durationMs: number | undefined;
  /**
   * Sends more metadata with all attempts to come, such as `traceparent`. Meant for subscribers of
   * `start`.
   *
   * @throws {TalosConfigError} when a name or a value cannot be sent, or the call has the name
   * already
   */
  addMetadata(metadata: MetadataInit): void;
}

/**
 * An attempt of a call began or ended: `talos-client:attempt`. Both events of an attempt have the
 * same object.
 */
export interface AttemptMessage {
  readonly call: CallMessage;
  /** The number of the attempt, from 1. */
  readonly number: number;
  /** The endpoint that carries it, as `host:port`. */
  readonly endpoint: string;
  readonly state: 'started' | 'ended';
  readonly startedAtMs: number;
  /** How it ended; absent before that, and when it ended with an error that has no status. */
  readonly status: 'ok' | StatusName | undefined;
  readonly outcome: Outcome | undefined;
  /** As in `CallMessage`. */
  readonly reason: string | undefined;
  readonly durationMs: number | undefined;
}

/** A call is going to be repeated: `talos-client:retry`. */
export interface RetryMessage {
  readonly call: CallMessage;
  /** The number of the attempt that failed, from 1; 0 when no endpoint could be reached. */
  readonly attempt: number;
  /** The endpoint that carried it; absent when none could be reached. */
  readonly endpoint: string | undefined;
  /** How the attempt ended, as in `AttemptMessage`. */
  readonly status: StatusName | undefined;
  readonly outcome: Outcome | undefined;
  readonly reason: string | undefined;
  /** The error with which the call would have failed; as in `CallMessage`. */
  readonly error: unknown;
  /** Milliseconds until the next attempt may begin. */
  readonly delayMs: number;
}

/**
 * What became of a connection: `talos-client:connection`.
 *
 * - `connecting`: an attempt to connect begins.
 * - `failed`: it ended without a connection. Nothing more comes of it.
 * - `ready`: the connection takes calls.
 * - `doubted`: a call heard nothing, and the peer has not answered a PING yet. `ready` or `lost`
 *   follows.
 * - `lost`: the connection takes no more calls. Those that are open may still end well.
 * - `closed`: everything of it is closed. Nothing more comes of it.
 */
export type ConnectionState = 'connecting' | 'failed' | 'ready' | 'doubted' | 'lost' | 'closed';

/** A connection changed its state: `talos-client:connection`. */
export interface ConnectionMessage {
  readonly client: ObservedClient;
  /** The number of the connection, different for all in the process. */
  readonly id: number;
  readonly endpoint: string;
  readonly state: ConnectionState;
  /** Why it failed, or how it broke; mostly a `ConnectionError`. */
  readonly error: Error | undefined;
  /** Milliseconds since it began to connect. */
  readonly ageMs: number;
}

/**
 * An endpoint that is sick is left out, or takes calls again: `talos-client:ejection`.
 *
 * - `ejected`: calls go to the others.
 * - `probing`: its time is over, and it is asked whether it answers. `ejected` or `readmitted` follows.
 * - `readmitted`: it answered.
 */
export type EjectionMessage =
  | {
      readonly client: ObservedClient;
      readonly endpoint: string;
      readonly state: 'ejected';
      /** Milliseconds until it is probed. */
      readonly forMs: number;
      /** How often it failed in a row. */
      readonly failures: number;
      /** The last failure. */
      readonly error: Error | undefined;
    }
  | {
      readonly client: ObservedClient;
      readonly endpoint: string;
      readonly state: 'probing' | 'readmitted';
    };

/**
 * A client certificate runs out soon: `talos-client:certificate`. Its last week has begun, or the last
 * tenth of its time if that is less. It is said once for each certificate, with a call.
 */
export interface CertificateMessage {
  readonly client: ObservedClient;
  readonly certificate: ClientCertificate;
  /** Milliseconds for which it is valid yet. */
  readonly leftMs: number;
  /**
   * Keeps the process from being warned as well (`TALOS_CLIENT_CERTIFICATE_EXPIRES`). A function of
   * `subscribe` need not call it.
   */
  suppressWarning(): void;
}

/** The state of a node's breaker: calls pass, are refused, or one read is let through. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** The breaker of a node changed its state: `talos-client:breaker`. */
export interface BreakerMessage {
  /** The client with the call that made the breaker; one breaker may serve several clients. */
  readonly client: ObservedClient;
  /** The address of the node. */
  readonly node: string;
  readonly state: BreakerState;
  /** Milliseconds for which it stays open; absent unless it was opened now. */
  readonly forMs: number | undefined;
  /** The failure that opened it, with texts of the peer; absent when it was closed. */
  readonly error: TalosRpcError | undefined;
}
