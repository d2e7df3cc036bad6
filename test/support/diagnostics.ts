import { channel, tracingChannel } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';
import type {
  AttemptMessage,
  CallMessage,
  ChannelMessages,
  ConnectionMessage,
} from '../../src/runtime/diagnostics/index.js';

/** A message as it was when it was published, and the object itself. */
export interface Seen<T = unknown> {
  readonly event: string;
  readonly message: T;
  readonly copy: T;
}

const events = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** Notes what is published, in order, until the test ends. */
export class Recorder {
  readonly seen: Seen[] = [];

  /** @param channels the plain channels to watch; `call` stands for the events of calls */
  constructor(...channels: readonly (keyof ChannelMessages | 'call')[]) {
    for (const name of channels) {
      if (name === 'call') {
        const call = tracingChannel('talos-client:call');
        for (const event of events) this.#watch(call[event], event);
      } else {
        this.#watch(channel(`talos-client:${name}`), name);
      }
    }
  }

  #watch(source: ReturnType<typeof channel>, event: string): void {
    const note = (message: unknown) => {
      const copy = Object.assign({}, message as object);
      this.seen.push({ event, message, copy });
    };
    source.subscribe(note);
    onTestFinished(() => void source.unsubscribe(note));
  }

  /** The names of the events so far. */
  get events(): readonly string[] {
    return this.seen.map(({ event }) => event);
  }

  #of<T>(event: string): readonly T[] {
    return this.seen.flatMap((each) => (each.event === event ? [each.copy as T] : []));
  }

  /** The calls that ended. */
  get calls(): readonly CallMessage[] {
    return this.#of('asyncEnd');
  }

  /** The attempts, each as it began and as it ended. */
  get attempts(): readonly AttemptMessage[] {
    return this.#of('attempt');
  }

  get connections(): readonly ConnectionMessage[] {
    return this.#of('connection');
  }

  /** The messages of a plain channel. */
  of<Name extends keyof ChannelMessages>(name: Name): readonly ChannelMessages[Name][] {
    return this.#of(name);
  }
}
