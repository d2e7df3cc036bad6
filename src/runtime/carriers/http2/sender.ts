import type { SendWindow } from './flow-control.js';
import type { FrameSocket, FrameWriter } from './frame-writer.js';
import { FRAME_BYTES } from './frames.js';
import { FULL_BYTES } from './outbox.js';
import type { Http2Stream } from './stream.js';

const settled = Promise.resolve();

/** What a sender needs of its session. */
export interface SenderHost {
  /** Gives the stream its number and writes its headers. Returns whether it is open. */
  openStream(stream: Http2Stream): boolean;
  /** Whether another stream may be opened now. */
  mayOpen(): boolean;
  /** A frame of DATA was written. */
  sentData(): void;
}

/**
 * Decides what is sent when. All frames of a tick leave in one write. Frames that were written by
 * then go first, then each stream in turn has one frame of DATA, for as long as the windows and the
 * socket take more.
 */
export class Sender {
  readonly #host: SenderHost;
  readonly #writer: FrameWriter;
  readonly #socket: FrameSocket;
  /** What may be sent on all streams together. */
  readonly #window: SendWindow;
  /** The streams that have something to send. */
  #ready: Http2Stream[] = [];
  /** Those that wait until the peer takes another stream. */
  readonly #queued = new Set<Http2Stream>();
  /** Those that wait for the window of the connection. */
  #starved = new Set<Http2Stream>();
  #scheduled = false;
  #stopped = false;
  readonly #released: (() => void)[] = [];

  constructor(host: SenderHost, writer: FrameWriter, socket: FrameSocket, window: SendWindow) {
    this.#host = host;
    this.#writer = writer;
    this.#socket = socket;
    this.#window = window;
  }

  /** Has all that waits sent at the end of this tick: after everything that is due now has run. */
  schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    // From a microtask, the next tick comes after all other microtasks. (`queueMicrotask` would do,
    // but Node gives each of its callbacks a resource for tracing.)
    void settled.then(this.#nextTick);
  }

  readonly #nextTick = (): void => process.nextTick(this.#flush);
  readonly #flush = (): void => this.flush();
  readonly #release = (written: () => void): void => {
    this.#released.push(written);
  };

  /** A stream has something to send. */
  add(stream: Http2Stream): void {
    if (!stream.listed) {
      stream.listed = true;
      this.#ready.push(stream);
    }
    this.schedule();
  }

  /** The stream has nothing more to send. */
  remove(stream: Http2Stream): void {
    this.#queued.delete(stream);
    this.#starved.delete(stream);
  }

  /** The window of the connection grew. */
  windowGrew(): void {
    if (this.#starved.size === 0 || this.#window.left <= 0) return;
    const starved = this.#starved;
    this.#starved = new Set();
    for (const stream of starved) this.add(stream);
  }

  /** The socket takes more, or the peer more streams. */
  resume(): void {
    if (this.#ready.length > 0 || this.#queued.size > 0) this.schedule();
  }

  /** Whether streams wait to be opened. */
  get holdsUnopened(): boolean {
    return this.#queued.size > 0 || this.#ready.some(({ id, over }) => id === 0 && !over);
  }

  /** The streams that were never opened. They are no longer listed here. */
  takeUnopened(): Http2Stream[] {
    const unopened = [...this.#queued, ...this.#ready].filter(({ id, over }) => id === 0 && !over);
    this.#queued.clear();
    if (this.#stopped) this.#ready = [];
    return unopened;
  }

  /** Sends nothing from now on. Streams that were never opened stay until they are taken. */
  stop(): void {
    this.#stopped = true;
    this.#starved.clear();
  }

  /** Sends what waits. */
  flush(): void {
    this.#scheduled = false;
    if (this.#stopped) return;
    this.#openQueued();
    while (this.#ready.length > 0 && !this.#full) {
      const turn = this.#ready;
      this.#ready = [];
      for (const stream of turn) {
        stream.listed = false;
        this.#serve(stream);
      }
    }
    const released = this.#released.length > 0 ? this.#released.splice(0) : undefined;
    this.#writer.flush(this.#socket, released && (() => callAll(released)));
    // A socket that has enough says when it has less.
    if (this.#ready.length > 0 && this.#socket.writableLength < FULL_BYTES) this.schedule();
  }

  /** Whether the socket has enough to do. */
  get #full(): boolean {
    return this.#socket.writableLength + this.#writer.waiting >= FULL_BYTES;
  }

  #openQueued(): void {
    for (const stream of this.#queued) {
      if (!this.#host.mayOpen()) return;
      this.#queued.delete(stream);
      this.#serve(stream);
    }
  }

  #serve(stream: Http2Stream): void {
    if (stream.over) return;
    if (stream.id === 0) {
      if (!this.#host.mayOpen()) {
        this.#queued.add(stream);
        return;
      }
      if (!this.#host.openStream(stream)) return;
    }
    if (stream.localEnded) return;
    const { outbox } = stream;
    const waiting = outbox.bytes;
    if (waiting === 0) {
      // The end needs no window.
      if (outbox.ended) this.#write(stream, 0);
      return;
    }
    const allowed = Math.min(stream.sendWindow.left, this.#window.left);
    if (allowed <= 0) {
      // A window of its own tells the stream when it grows.
      if (stream.sendWindow.left > 0) this.#starved.add(stream);
      return;
    }
    this.#write(stream, Math.min(waiting, allowed, FRAME_BYTES));
    if (!stream.localEnded && (outbox.bytes > 0 || outbox.ended)) {
      stream.listed = true;
      this.#ready.push(stream);
    }
  }

  #write(stream: Http2Stream, bytes: number): void {
    stream.writeData(this.#writer, bytes, this.#release);
    this.#window.left -= bytes;
    this.#host.sentData();
  }
}

function callAll(released: readonly (() => void)[]): void {
  for (const written of released) written();
}
