/** What somebody can look at: how it is now, and what happens from now on. */
export interface Source<Message> {
  /** How it is now, as one message. */
  now(): Message;
  /** Gives what happens from this call on. Returns a function that ends it. */
  join(listener: (message: Message) => void): () => void;
}

/** Runs something while anybody looks, once for all of them. */
export class Shared<Message> implements Source<Message> {
  readonly now: () => Message;
  readonly #run: (signal: AbortSignal) => Promise<void>;
  readonly #lingerMs: number;
  readonly #ended: () => void;
  readonly #listeners = new Set<(message: Message) => void>();
  #running: AbortController | undefined;
  #lingering: NodeJS.Timeout | undefined;

  /**
   * @param run goes on until the signal is aborted, and publishes what happens
   * @param lingerMs how long it goes on when nobody looks any more: a page that is loaded again is back
   * within that time
   * @param ended called when it has been told to end
   */
  constructor(
    now: () => Message,
    run: (signal: AbortSignal) => Promise<void>,
    lingerMs: number,
    ended: () => void = () => {},
  ) {
    this.now = now;
    this.#run = run;
    this.#lingerMs = lingerMs;
    this.#ended = ended;
  }

  /** Whether it runs. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  join(listener: (message: Message) => void): () => void {
    clearTimeout(this.#lingering);
    this.#listeners.add(listener);
    if (this.#running === undefined) this.#start();
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#lingering = setTimeout(() => this.end(), this.#lingerMs).unref();
    };
  }

  /** Tells everybody who looks. */
  publish(message: Message): void {
    for (const listener of this.#listeners) listener(message);
  }

  /** Ends it at once; whoever joins afterwards begins it again. */
  end(): void {
    clearTimeout(this.#lingering);
    this.#running?.abort();
    this.#running = undefined;
    this.#ended();
  }

  #start(): void {
    const controller = new AbortController();
    const { signal } = controller;
    this.#running = controller;
    this.#run(signal).catch((error: unknown) => {
      // It handles all that it foresees.
      if (!signal.aborted) throw error;
    });
  }
}
