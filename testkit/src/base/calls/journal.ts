import type { Method, MethodKind, StatusName } from 'talos-client';
import { until } from '../time/until.js';
import { rpcName } from './methods.js';

/** One call that the cluster saw. */
export interface JournalEntry<Request = unknown> {
  /** The node that served or refused it, by name. */
  readonly node: string;
  /** The node whose endpoint took it, by name: another one when it was forwarded. */
  readonly endpoint: string;
  /** The RPC, such as `machine.MachineService/Version`. */
  readonly rpc: string;
  /** The first request, decoded; absent while none has come, or when the RPC is unknown. */
  readonly request: Request | undefined;
  /** How many requests came. */
  readonly requests: number;
  /** How many replies were given: of a stream, those before it ended. */
  readonly replies: number;
  /** The roles the caller had. */
  readonly roles: readonly string[];
  /**
   * How it ended: `ok`, a status, or `lost` when the connection went down first. Absent while it is
   * in progress.
   */
  readonly outcome: 'ok' | 'lost' | StatusName | undefined;
  /** When it came, in milliseconds since 1970 of the cluster's clock. */
  readonly at: number;
}

/** A journal entry while the call is in progress. */
export type OpenEntry = { -readonly [Key in keyof JournalEntry]: JournalEntry[Key] };

/** How many entries a journal keeps unless told otherwise. */
const DEFAULT_LIMIT = 10_000;

/**
 * The calls of a cluster, in the order they came. Keeps the last 10,000.
 *
 * @example
 * ```ts
 * expect(cluster.journal.of(etcdMethods.memberList)).toHaveLength(1);
 * ```
 */
export class Journal implements Iterable<JournalEntry> {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #entries: OpenEntry[] = [];

  /** @internal Use `cluster.journal`. */
  constructor(limit: number = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /** All calls. */
  get calls(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** All calls, in the order they came. */
  [Symbol.iterator](): Iterator<JournalEntry> {
    return this.#entries[Symbol.iterator]();
  }

  /** The calls of one method, with its request's type; on one node if `node` names one. */
  of<Request, Reply>(
    method: Method<MethodKind, Request, Reply>,
    node?: string,
  ): readonly JournalEntry<Request>[] {
    const rpc = rpcName(method);
    return this.#entries.filter(
      (entry): entry is OpenEntry & JournalEntry<Request> =>
        entry.rpc === rpc && (node === undefined || entry.node === node),
    );
  }

  /**
   * Resolves with the first call that `matches`, of those here and those that come. Looks at a call
   * when it comes, when its request was read and when it ends.
   */
  waitFor(matches: (entry: JournalEntry) => boolean, signal?: AbortSignal): Promise<JournalEntry> {
    return until<JournalEntry>(
      () => this.#entries.find(matches),
      (again) => {
        this.#waiting.add(again);
        return () => this.#waiting.delete(again);
      },
      signal,
    );
  }

  /** Forgets the calls so far. */
  clear(): void {
    this.#entries = [];
  }

  /** @internal Adds a call. That it came, and what is changed on it later, is told with `changed`. */
  add(entry: OpenEntry): OpenEntry {
    this.#entries.push(entry);
    // Cut in bulk: dropping one entry per call would move the whole list each time.
    if (this.#entries.length >= this.#limit * 1.25)
      this.#entries.splice(0, this.#entries.length - this.#limit);
    return entry;
  }

  /** @internal Has those who wait look again. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** A new entry for a call. */
export function journalEntry(
  call: { readonly path: string; readonly endpoint: string },
  node: string,
  roles: readonly string[],
  at: number,
): OpenEntry {
  return {
    node,
    endpoint: call.endpoint,
    rpc: call.path.slice(1),
    request: undefined,
    requests: 0,
    replies: 0,
    roles,
    outcome: undefined,
    at,
  };
}
