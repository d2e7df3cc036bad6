import type { AnyMethod, StatusName } from 'talos-client';
import { TalosConfigError } from 'talos-client';
import { checkOptions, number, oneOf, type Shape, text } from 'talos-client/options';
import { type ResetCode, type ServerStatusOptions, serverStatusShape } from './status.js';

/** Something that goes wrong with a call at a node. */
export type Fault =
  /** The call fails with this status; the action does not run. */
  | {
      readonly kind: 'status';
      readonly status: StatusName;
      readonly message: string;
      readonly options: ServerStatusOptions;
    }
  /** The call is served `ms` milliseconds late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The call is taken and never answered; the action does not run. */
  | { readonly kind: 'stall' }
  /** The connection is torn down before the action runs. */
  | { readonly kind: 'drop-before' }
  /** The action runs, and the connection is torn down instead of the reply. */
  | { readonly kind: 'drop-after' }
  /** The action runs, and the node loses its power instead of replying. */
  | { readonly kind: 'crash-after' }
  /** The connection is torn down after this many replies. */
  | { readonly kind: 'drop-within'; readonly afterReplies: number }
  /** The call alone is cut off after this many replies, with an HTTP/2 RST_STREAM. */
  | { readonly kind: 'reset'; readonly afterReplies: number; readonly code: ResetCode }
  /** The reply after this many replies is cut short inside its frame, and the call ends there. */
  | { readonly kind: 'truncate'; readonly afterReplies: number }
  /** The node takes each message of the caller `ms` milliseconds after the one before. */
  | { readonly kind: 'slow-reader'; readonly ms: number };

/** How the port of a node answers: it takes connections, resets them, or takes them and is silent. */
export type PortMode = 'open' | 'refused' | 'silent';

/** What can be wrong with the certificate that a node shows. */
export type CertificateFlaw = 'expired' | 'not-yet-valid' | 'wrong-ca' | 'wrong-name';

/** Which calls a fault hits. */
export interface FaultOptions {
  /** How many calls it hits. Default: all, until it is taken back. */
  readonly times?: number;
}

/** How a call fails by `fail`. */
export interface FailOptions extends FaultOptions, ServerStatusOptions {
  /** The text of the status. */
  readonly message?: string;
}

/** Where a call loses its connection. */
export interface DropOptions extends FaultOptions {
  /**
   * `before` the action runs, `after` it ran but before the reply, or after that many replies.
   * Default: `after`, which is the case that clients forget.
   */
  readonly when?: 'before' | 'after' | { readonly replies: number };
}

/** Where a reply is cut, by `reset` and `truncate`. */
export interface CutOptions extends FaultOptions {
  /** How many whole replies come before. Default: none. */
  readonly replies?: number;
}

/** How a call is cut off by `reset`. */
export interface ResetOptions extends CutOptions {
  /** The HTTP/2 error code. Default: `INTERNAL_ERROR`. */
  readonly code?: ResetCode;
}

const faultShape: Shape<FaultOptions> = { times: number };
const cutShape: Shape<CutOptions> = { ...faultShape, replies: number };
const shapes = {
  delay: faultShape,
  stall: faultShape,
  dieAfter: faultShape,
  readSlowly: faultShape,
  truncate: cutShape,
  fail: { ...faultShape, ...serverStatusShape, message: text } satisfies Shape<FailOptions>,
  drop: {
    ...faultShape,
    when: (value) =>
      typeof (value as { readonly replies?: unknown } | null)?.replies === 'number'
        ? undefined
        : oneOf('before', 'after', '{ replies: 1 }')(value),
  } satisfies Shape<DropOptions>,
  reset: {
    ...cutShape,
    code: oneOf(
      'NO_ERROR',
      'PROTOCOL_ERROR',
      'INTERNAL_ERROR',
      'FLOW_CONTROL_ERROR',
      'REFUSED_STREAM',
      'CANCEL',
      'ENHANCE_YOUR_CALM',
    ),
  } satisfies Shape<ResetOptions>,
};

/**
 * Refuses what is no method, and options that `fault` does not have.
 *
 * @throws {TalosConfigError}
 */
export function checkFault(
  fault: keyof typeof shapes,
  method: AnyMethod | 'any',
  options: FaultOptions,
): void {
  if (method !== 'any' && typeof method?.path !== 'string') {
    throw new TalosConfigError(
      `${fault}: method: expected the facts of one, such as lifecycleMethods.reboot, or 'any'`,
      { field: 'method' },
    );
  }
  checkOptions(options, shapes[fault] as Shape<FaultOptions>, fault);
}

interface Rule {
  readonly path: string | undefined;
  readonly fault: Fault;
  remaining: number;
}

/** The faults of one node. */
export class FaultTable {
  readonly #rules = new Set<Rule>();

  /**
   * Adds a fault for one method, or for all. Several may hit the same call.
   *
   * Returns a function that takes it back.
   */
  add(
    method: AnyMethod | 'any',
    fault: Fault,
    { times = Infinity }: FaultOptions = {},
  ): () => void {
    const rule = { path: method === 'any' ? undefined : method.path, fault, remaining: times };
    this.#rules.add(rule);
    return () => this.#rules.delete(rule);
  }

  /** The faults that hit a call to `path` now; each counts as used. */
  take(path: string): readonly Fault[] {
    if (this.#rules.size === 0) return none;
    const faults: Fault[] = [];
    for (const rule of [...this.#rules]) {
      if (rule.path !== undefined && rule.path !== path) continue;
      faults.push(rule.fault);
      rule.remaining -= 1;
      if (rule.remaining <= 0) this.#rules.delete(rule);
    }
    return faults;
  }

  /** Takes all faults back. */
  clear(): void {
    this.#rules.clear();
  }
}

const none: readonly Fault[] = [];
