import type { RequestHeaders, StreamEnd, StreamSink } from '../carrier.js';
import { resetCodes } from '../carrier.js';
import { SendWindow } from './flow-control.js';
import { FrameReader } from './frame-reader.js';
import { type FrameSocket, FrameWriter } from './frame-writer.js';
import { errorCodes, FIRST_WINDOW, Http2Error, protocolError } from './frames.js';
import { Glitches } from './glitches.js';
import { noTable } from './hpack/encoder.js';
import { Incoming, type IncomingHost } from './incoming.js';
import { RequestBlocks, type RequestOrigin } from './request-blocks.js';
import { Sender, type SenderHost } from './sender.js';
import { ownSettings, PeerSettings } from './settings.js';
import { Http2Stream, type StreamHost } from './stream.js';
import { Streams } from './streams.js';

/** So many frames may come for a stream that this side has reset. */
const FRAMES_PER_STREAM = 8;

/** How the streams of a session are set up. */
export interface SessionOptions extends RequestOrigin {
  readonly maxMessageBytes: number;
  /** The window of the connection, and of each stream, for what the peer sends. */
  readonly window: number;
}

/** Is told what becomes of a session. */
export interface SessionOwner {
  /** The peer's first SETTINGS came: it speaks HTTP/2. */
  ready(): void;
  /** A stream got an answer. */
  proved(): void;
  /** A stream asks whether the peer is still there. */
  doubt(): void;
  /** The peer answered SETTINGS, or a PING with this payload. Returns whether it was asked. */
  answered(payload: number | undefined): boolean;
  /** The first stream was opened, or the last one is over. */
  busy(isBusy: boolean): void;
  /** The peer takes no more streams. */
  goingAway(code: number): void;
  /** The peer broke the rules. It was told, and the connection is of no more use. */
  broke(error: Http2Error): void;
}

/**
 * The streams of one connection, and the frames between them and the socket. It knows nothing of TLS
 * and of time.
 */
export class Session implements StreamHost, SenderHost, IncomingHost {
  readonly maxMessageBytes: number;
  readonly window: number;
  readonly gzip: boolean;
  readonly #owner: SessionOwner;
  readonly #writer = new FrameWriter();
  readonly #streams = new Streams();
  readonly #settings = new PeerSettings();
  readonly #glitches = new Glitches();
  readonly #socket: FrameSocket;
  readonly #sender: Sender;
  readonly #incoming: Incoming;
  readonly #reader: FrameReader;
  readonly #blocks: RequestBlocks;
  #state: 'starting' | 'open' | 'leaving' | 'over' = 'starting';
  /** The last stream that the peer takes; below that of any stream once it said GOAWAY. */
  #lastId = Infinity;
  /** Whether the bytes that are read now are held. */
  #holding = false;
  /** The peer ended the connection because of too much traffic. */
  #calm = false;

  constructor(socket: FrameSocket, options: SessionOptions, owner: SessionOwner) {
    this.maxMessageBytes = options.maxMessageBytes;
    this.window = options.window;
    this.gzip = options.gzip;
    this.#socket = socket;
    this.#owner = owner;
    this.#blocks = new RequestBlocks(options);
    const sendWindow = new SendWindow(FIRST_WINDOW);
    this.#sender = new Sender(this, this.#writer, socket, sendWindow);
    this.#incoming = new Incoming(this, {
      streams: this.#streams,
      writer: this.#writer,
      sender: this.#sender,
      settings: this.#settings,
      sendWindow,
      glitches: this.#glitches,
      window: options.window,
    });
    this.#reader = new FrameReader(this.#incoming);
  }

  /** Says hello. */
  start(): void {
    this.#writer.preface();
    this.#writer.settings(ownSettings(this.window));
    if (this.window > FIRST_WINDOW) this.#writer.windowUpdate(0, this.window - FIRST_WINDOW);
    this.#sender.flush();
  }

  /** How many HEADERS and DATA came, of all streams. */
  get messages(): number {
    return this.#incoming.messages;
  }

  /** Whether streams are open, or about to be. */
  get busy(): boolean {
    return this.#streams.count > 0 || this.#sender.holdsUnopened;
  }

  /**
   * Takes bytes of the peer.
   *
   * @returns whether some of them are still held: otherwise their memory can be used again
   */
  receive(chunk: Uint8Array): boolean {
    if (this.#state === 'over') return false;
    this.#holding = false;
    if (this.#writer.waiting === 0 && this.#socket.writableLength === 0) this.#incoming.drained();
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
      this.#break(error);
      return true;
    }
    if (this.#writer.waiting > 0) this.#sender.schedule();
    return this.#holding;
  }

  /** The socket has passed all on, and takes more again. */
  drained(): void {
    if (this.#writer.waiting === 0) this.#incoming.drained();
    this.#sender.resume();
  }

  /** Opens a stream; its headers leave with the next write. */
  open(headers: RequestHeaders, sink: StreamSink): Http2Stream {
    const stream = new Http2Stream(this, headers, sink);
    if (this.#state === 'open') this.#sender.add(stream);
    else queueMicrotask(() => stream.onBroken({ kind: 'unsent', error: undefined }));
    return stream;
  }

  /** Asks for an answer, at once. */
  ask(payload: number | undefined): void {
    if (this.#state === 'over') return;
    if (payload === undefined) this.#writer.settings([]);
    else this.#writer.ping(0, Uint8Array.of(0, 0, 0, 0, 0, 0, payload >>> 8, payload));
    this.#sender.schedule();
  }

  /** Opens no more streams. Those that are open go on. */
  retire(): void {
    if (this.#state === 'open') this.#state = 'leaving';
  }

  /** Says goodbye, with all that waits. Nothing is sent or read after that. */
  goodbye(): void {
    if (this.#state === 'over') return;
    this.#last(errorCodes.noError);
  }

  /** The connection is gone, and `error` says why if it is known. Ends all streams. */
  lost(error: Error | undefined): void {
    const opened: StreamEnd = this.#calm
      ? { kind: 'reset', code: resetCodes.enhanceYourCalm }
      : { kind: 'lost', error };
    this.#over();
    const unopened = this.#sender.takeUnopened();
    for (const stream of [...this.#streams]) {
      this.#streams.delete(stream);
      stream.onBroken(opened);
    }
    for (const stream of unopened) stream.onBroken({ kind: 'unsent', error });
  }

  #over(): void {
    this.#state = 'over';
    this.#sender.stop();
  }

  /** Sends the last frames: those that wait, and GOAWAY. No call begins after that. */
  #last(code: number): void {
    this.#over();
    this.#writer.goaway(0, code);
    this.#writer.flush(this.#socket);
  }

  #break(error: Http2Error): void {
    this.#last(error.code);
    this.#owner.broke(error);
  }

  // What the sender asks for.

  mayOpen(): boolean {
    return this.#streams.count < this.#settings.maxStreams && this.#lastId === Infinity;
  }

  openStream(stream: Http2Stream): boolean {
    const pieces = this.#blocks.of(stream.headers);
    if (this.#blocks.listBytes > this.#settings.maxHeaderBytes) {
      const reason = `the headers of the call count ${this.#blocks.listBytes} bytes, and the peer takes ${this.#settings.maxHeaderBytes}`;
      stream.onBroken({ kind: 'violation', reason });
      this.#neverOpened();
      return false;
    }
    const isFirst = this.#streams.count === 0;
    const block = this.#streams.used ? pieces : [noTable, ...pieces];
    this.#streams.add(stream);
    stream.sendWindow.left = this.#settings.initialWindow;
    this.#writer.headers(stream.id, block);
    this.#glitches.forgive(FRAMES_PER_STREAM);
    if (isFirst) this.#owner.busy(true);
    if (this.#streams.exhausted) this.#owner.goingAway(errorCodes.noError);
    return true;
  }

  sentData(): void {
    this.#glitches.forgive(1);
  }

  // What streams ask for.

  sends(stream: Http2Stream): void {
    this.#sender.add(stream);
  }

  credit(stream: Http2Stream, bytes: number): void {
    const grown = stream.receiveWindow.release(bytes);
    if (grown === 0) return;
    this.#writer.windowUpdate(stream.id, grown);
    this.#sender.schedule();
  }

  leave(stream: Http2Stream, code: number | undefined): void {
    this.#sender.remove(stream);
    if (!stream.sent) this.#neverOpened();
    if (!this.#streams.delete(stream)) return;
    if (code !== undefined && this.#state !== 'over') {
      this.#writer.resetStream(stream.id, code);
      this.#sender.schedule();
    }
    this.#closed();
  }

  /** A stream ended before it was opened: it may have been the last that a leaving session waited for. */
  #neverOpened(): void {
    // Not at once: those whose turn it is to be sent are in no list.
    if (this.#state === 'leaving') queueMicrotask(() => this.#closed());
  }

  /** A stream is over: another one may have waited for its place. */
  #closed(): void {
    this.#sender.resume();
    if (this.#streams.count === 0) this.#owner.busy(false);
  }

  holds(): void {
    this.#holding = true;
  }

  proved(): void {
    this.#owner.proved();
  }

  doubt(): void {
    this.#owner.doubt();
  }

  // What frames ask for.

  settled(): void {
    if (this.#state === 'starting') {
      this.#state = 'open';
      this.#owner.ready();
    }
    this.#sender.resume();
  }

  answered(payload: number | undefined): boolean {
    return this.#owner.answered(payload);
  }

  wasReset(stream: Http2Stream, code: number): void {
    this.#streams.delete(stream);
    this.#sender.remove(stream);
    // Without an error, and without trailers before it.
    stream.onBroken(
      code === resetCodes.noError ? { kind: 'no-trailers' } : { kind: 'reset', code },
    );
    this.#closed();
  }

  violated(stream: Http2Stream, code: number, reason: string): void {
    stream.fail({ kind: 'violation', reason }, code);
  }

  goingAway(lastId: number, code: number): void {
    if (lastId > this.#lastId) throw protocolError('its second GOAWAY names a later stream');
    this.#lastId = lastId;
    this.#calm ||= code === errorCodes.enhanceYourCalm;
    if (this.#state === 'open' || this.#state === 'starting') this.#state = 'leaving';
    this.#owner.goingAway(code);
    // The peer has looked at none of these, whatever made it say goodbye.
    for (const stream of [...this.#streams]) {
      if (stream.id <= lastId) continue;
      this.#streams.delete(stream);
      this.#sender.remove(stream);
      stream.onBroken({ kind: 'unsent', error: undefined });
    }
    for (const stream of this.#sender.takeUnopened()) {
      stream.onBroken({ kind: 'unsent', error: undefined });
    }
    this.#closed();
  }
}
