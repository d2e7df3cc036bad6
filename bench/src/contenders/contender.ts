import type { Pki } from '../pki.js';

/** Where a contender connects to, and as whom. */
export interface Connection {
  readonly port: number;
  readonly pki: Pki;
}

/**
 * One client library with the calls of the workloads, each written as its users would. A method
 * throws when the answer is not the one due.
 */
export interface Contender {
  /** One small unary call, addressed to `node` if given; the reply must name that node. */
  version(node?: string): Promise<void>;
  /** One unary call with a large reply. */
  processes(): Promise<void>;
  /** Reads a stream of log lines with `for await`; the bytes of text in it. */
  logs(): Promise<number>;
  /**
   * Reads a byte stream with `for await`; the bytes in it. `pause` is called with the size of
   * each chunk and may hold the loop up.
   */
  snapshot(pause?: (size: number) => Promise<void> | undefined): Promise<number>;
  /** Sends `chunks` with backpressure and waits for the reply. */
  recover(chunks: Iterable<Uint8Array>): Promise<void>;
  close(): void | Promise<void>;
}

/** What a contender's module exports. */
export type Connect = (connection: Connection) => Contender;

/** Fails when an answer is not the one due. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`wrong answer: ${actual} where ${expected} is due`);
}
