import type { StreamEnd } from '../carriers/carrier.js';
import type { MetadataInit } from '../metadata.js';
import type { AnyCall } from '../transport.js';

/** One attempt to make a call: a call that is repeated has several. */
export interface Attempt {
  readonly call: AnyCall;
  /** The endpoint that carries it, as `host:port`. */
  readonly endpoint: string;
  /** 1 for the first. */
  readonly number: number;
  /** All metadata that is sent but for what the hook adds. */
  readonly metadata: MetadataInit;
}

/**
 * Sees every attempt of every call, below the repeats: the place to sign requests, to add headers
 * of tracing, and to measure. What is to happen once per call belongs into a wrapper of `Transport`.
 */
export interface AttemptHook {
  /**
   * Called before an attempt is sent. What it gives is sent too, in place of metadata of the same
   * name. Where it throws or rejects, the call ends with that error, unsent.
   */
  begin?(attempt: Attempt): MetadataInit | undefined | Promise<MetadataInit | undefined>;
  /**
   * Called when the attempt has ended; `undefined` when this side ended it: a deadline, a signal, a
   * reader who left.
   */
  ended?(attempt: Attempt, end: StreamEnd | undefined): void;
}
