import type { Resource } from '../resource.js';
import { type WatchBatch, type WatchSetup, watchBatches } from '../watch/watch-batches.js';

/** Whoever is told of what an informer takes in. */
export interface InformerListener<Spec> {
  /** The contents hold all of the batch already. */
  changed(batch: WatchBatch<Spec>): void;
  /** Nothing more comes: the watch ended with an error that no other connection mends. */
  failed(error: unknown): void;
}

/**
 * Keeps the resources of one watch in memory. Batches are applied as a whole, so that a reader sees
 * the node's state at some moment, and never half a listing. Nothing that readers do holds it up.
 */
export class Informer<Spec> {
  readonly setup: WatchSetup<Spec>;
  readonly #controller = new AbortController();
  readonly #resources = new Map<string, Resource<Spec>>();
  readonly #listeners = new Set<InformerListener<Spec>>();
  #stale = true;
  #synced = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(setup: WatchSetup<Spec>) {
    this.setup = setup;
    void this.#run();
  }

  get resources(): ReadonlyMap<string, Resource<Spec>> {
    return this.#resources;
  }

  /** Whether the node may have changed without the contents showing it. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Whether everything the node had was taken in at least once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** The error it ended with. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Tells `listener` from now on. Returns a function that undoes this. */
  listen(listener: InformerListener<Spec>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the watch. The contents stay as they are. */
  stop(): void {
    this.#stale = true;
    this.#controller.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    try {
      for await (const batch of watchBatches(this.setup, signal)) {
        if (signal.aborted) return;
        this.#apply(batch);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#stale = true;
      this.#failure = { error };
      for (const listener of [...this.#listeners]) listener.failed(error);
    }
  }

  #apply(batch: WatchBatch<Spec>): void {
    for (const event of batch) {
      switch (event.type) {
        case 'created':
        case 'updated':
          this.#resources.set(event.resource.metadata.id, event.resource);
          break;
        case 'destroyed':
          this.#resources.delete(event.resource.metadata.id);
          break;
        case 'synced':
          this.#synced = true;
          this.#stale = false;
          break;
        case 'resumed':
          this.#stale = false;
          break;
        default:
          // Lost connections, reboots and new listings: what is here was true, and may not be now.
          this.#stale = true;
      }
    }
    for (const listener of [...this.#listeners]) listener.changed(batch);
  }
}
