import type { StreamEnd } from '../carriers/carrier.js';
import type { MetadataInit } from '../metadata.js';
import type { AnyCall } from '../transport.js';

/** One attempt to make a call. A call that is repeated has several. */
export interface Attempt {
  readonly call: AnyCall;
  /** The endpoint that carries it, as `host:port`. */
  readonly endpoint: string;
  /** The number of the attempt, from 1. */
  readonly number: number;
  /** All metadata that is sent, without what the hook adds. */
  readonly metadata: MetadataInit;
}

/**
 * Sees every attempt of every call, below the repeats. Use it to sign requests, to add trace
 * headers, and to measure attempts. For what happens once per call, wrap the `Transport`.
 */
export interface AttemptHook {
  /**
   * Called before an attempt is sent. The metadata that it returns is sent too, and replaces
   * metadata of the same name. If it throws or rejects, the attempt is not sent and the call ends
   * with that error.
   */
  begin?(attempt: Attempt): MetadataInit | undefined | Promise<MetadataInit | undefined>;
  /**
   * Called when the attempt has ended. `end` is `undefined` when this side ended it: by a deadline,
   * by a signal, or because the reader left the stream. If it throws, the call ends with that error,
   * unless it has ended already.
   */
  ended?(attempt: Attempt, end: StreamEnd | undefined): void;
}

/** One hook that does what all of `hooks` do, in their order; absent when there are none. */
export function joinHooks(hooks: readonly AttemptHook[]): AttemptHook | undefined {
  if (hooks.length < 2) return hooks[0];
  return {
    async begin(attempt) {
      let added: MetadataInit | undefined;
      for (const hook of hooks) {
        const seen =
          added === undefined
            ? attempt
            : { ...attempt, metadata: { ...attempt.metadata, ...added } };
        const more = await hook.begin?.(seen);
        if (more !== undefined) added = { ...added, ...more };
      }
      return added;
    },
    ended(attempt, end) {
      for (const hook of hooks) hook.ended?.(attempt, end);
    },
  };
}
