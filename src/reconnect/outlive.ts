import { TalosRpcError } from '../runtime/errors/rpc-error.js';
import type { TalosStream } from '../runtime/stream.js';
import type { Target } from '../runtime/target.js';
import { readBootId } from './boot-id.js';
import { isMended } from './mending.js';
import { type ReconnectParts, type ReconnectSettings, Retries } from './retries.js';
import { readProbed } from './silence.js';
import { sleep } from './sleep.js';

/**
 * How a connection ended that did not fail: lost, given up to make a better one at once, or over, since
 * nothing more can come.
 */
export type ConnectionEnd = 'lost' | 'replace' | 'over';

/** Told when a connection is lost. The next one is made after a while. */
export interface Disconnected {
  readonly type: 'disconnected';
  /** Why: the error of the call, or nothing when the node ended the stream in order. */
  readonly error: unknown;
  /** Milliseconds until the next connection is tried. */
  readonly retryInMs: number;
}

/** What a stream that outlives its connections needs. */
export interface OutliveOptions {
  readonly node: Target;
  readonly settings: ReconnectSettings;
  readonly parts: ReconnectParts;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

/**
 * Runs `connect` again and again: one connection after the other, for as long as another one may
 * help. Gives what it yields, and `disconnected` for each loss. `connect` keeps what has to survive
 * between its runs. Ends when a run is `over`.
 *
 * @throws what no other connection mends, and the reason of the signal
 */
export async function* outlive<Item>(
  options: OutliveOptions,
  connect: (connection: Connection) => AsyncGenerator<Item, ConnectionEnd, undefined>,
): AsyncGenerator<Item | Disconnected, void, undefined> {
  const { settings, parts, signal } = options;
  const retries = new Retries(settings, parts);
  let reached = false;
  for (;;) {
    const connection = new Connection(options);
    let error: unknown;
    try {
      const end = yield* connect(connection);
      if (end === 'over') return;
      if (end === 'replace' && retries.mayHurry()) continue;
    } catch (cause) {
      signal.throwIfAborted();
      reached ||= connection.answered;
      const before = { reached, waits: settings.waitForNode, losses: retries.losses };
      if (!isMended(cause, before)) throw cause;
      error = cause;
    }
    reached ||= connection.answered;
    const retryInMs = retries.next(connection.heldMs);
    yield { type: 'disconnected', error, retryInMs };
    await sleep(parts.clock, retryInMs, signal);
  }
}

/** One connection to the node: what its streams are read with. */
export class Connection {
  readonly #options: OutliveOptions;
  #answeredAt: number | undefined;
  #bootId: string | undefined;

  constructor(options: OutliveOptions) {
    this.#options = options;
  }

  /** Ends every call of the connection. */
  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** Whether the node answered. */
  get answered(): boolean {
    return this.#answeredAt !== undefined;
  }

  /** For how long it has held since the node answered. */
  get heldMs(): number {
    return this.#answeredAt === undefined ? 0 : this.#options.parts.clock.now() - this.#answeredAt;
  }

  /** To be called when the node has answered, so that the connection counts as one. */
  hold(): void {
    this.#answeredAt ??= this.#options.parts.clock.now();
  }

  /** The id of the node's boot, see `readBootId`; the silence of streams is judged by it. */
  async bootId(): Promise<string | undefined> {
    const { node, settings, signal } = this.#options;
    this.#bootId = await readBootId(node, { signal, timeoutMs: settings.probeTimeoutMs });
    return this.#bootId;
  }

  /**
   * The replies of a stream of this connection, which fails when it is silent and dead.
   *
   * @param stuck the error of a stream that must not be silent now, although its node is alive
   */
  read<Reply>(
    stream: TalosStream<Reply>,
    stuck: () => unknown | Promise<unknown> = () => undefined,
  ): AsyncGenerator<Reply, void, undefined> {
    const { settings, parts } = this.#options;
    return readProbed(stream, {
      clock: parts.clock,
      silenceMs: settings.silenceMs,
      ask: () => this.#probe(stuck),
    });
  }

  async #probe(stuck: () => unknown | Promise<unknown>): Promise<void> {
    const { node, settings, signal } = this.#options;
    const found = await readBootId(node, { signal, timeoutMs: settings.probeTimeoutMs });
    if (this.#bootId === undefined || found === this.#bootId) {
      const problem = await stuck();
      if (problem !== undefined) throw problem;
      return;
    }
    throw new TalosRpcError('the node was rebooted, and the stream did not end', {
      status: 'unavailable',
      rpc: 'cosi.resource.State/Get',
      node: node.address,
    });
  }
}
