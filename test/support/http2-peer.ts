import type {
  CarrierStream,
  RequestHeaders,
  StreamEnd,
  StreamSink,
} from '../../src/runtime/carriers/carrier.js';
import type { Http2Error } from '../../src/runtime/carriers/http2/frames.js';
import { Session, type SessionOptions } from '../../src/runtime/carriers/http2/session.js';
import type { ReceivedMetadata } from '../../src/runtime/metadata.js';
import { flags, h2, settings, types } from './raw-http2.js';

/** A frame that a session wrote. */
export interface SentFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const PREFACE_BYTES = 24;
const HEADER_BYTES = 9;

/** All frames in `bytes`. */
export function framesOf(bytes: Buffer): SentFrame[] {
  const frames: SentFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = bytes.readUIntBE(at, 3);
    const end = at + HEADER_BYTES + length;
    if (end > bytes.length) throw new Error('a frame is cut');
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + HEADER_BYTES, end),
    });
    at = end;
  }
  return frames;
}

/** What came of one stream. */
export class TestSink implements StreamSink {
  readonly headers: ReceivedMetadata[] = [];
  readonly messages: Buffer[] = [];
  readonly ends: StreamEnd[] = [];
  stream: CarrierStream | undefined;
  /** Whether it asks for the next message whenever one comes. */
  eager = true;

  onHeaders(fields: { all(): ReceivedMetadata }): void {
    this.headers.push(fields.all());
  }

  onMessage(message: Uint8Array): void {
    this.messages.push(Buffer.from(message));
    if (this.eager) this.stream?.read();
  }

  onEnd(end: StreamEnd): void {
    this.ends.push(end);
  }

  /** The one way in which it ended. */
  get end(): StreamEnd | undefined {
    if (this.ends.length > 1) throw new Error('a stream ended twice');
    return this.ends[0];
  }
}

const headers: RequestHeaders = {
  path: '/a.B/C',
  metadata: { runtime: 'Talos' },
  more: undefined,
  timeoutMs: undefined,
  uploads: false,
  streams: true,
};

/** A session whose peer is the test: no socket, no TLS, no time. */
export class TestPeer {
  readonly session: Session;
  readonly events: string[] = [];
  broke: Http2Error | undefined;
  /** Whether the session may expect the answer that it got. */
  expects = true;
  /** Bytes that the socket holds; the peer reads nothing while there are any. */
  held = 0;
  /** Whether the socket holds what is written. */
  holds = false;
  #written: Buffer[] = [];
  #greeted = false;
  readonly #callbacks: (() => void)[] = [];

  constructor(options: Partial<SessionOptions> = {}) {
    const note = (event: string) => this.events.push(event);
    const peer = this;
    this.session = new Session(
      {
        get writableLength() {
          return peer.held;
        },
        cork: () => {},
        uncork: () => {},
        write: (bytes, written) => {
          peer.#written.push(Buffer.from(bytes));
          if (peer.holds) peer.held += bytes.length;
          if (written !== undefined) peer.#callbacks.push(written);
          return !peer.holds;
        },
      },
      {
        maxMessageBytes: 33_554_432,
        window: 65_535,
        gzip: false,
        scheme: 'https',
        authority: 'a:50000',
        ...options,
      },
      {
        ready: () => note('ready'),
        proved: () => note('proved'),
        doubt: () => note('doubt'),
        answered: () => this.expects,
        busy: (isBusy) => note(isBusy ? 'busy' : 'idle'),
        goingAway: (code) => note(`going away ${code}`),
        broke: (error) => {
          this.broke = error;
          this.session.lost(error);
        },
      },
    );
    this.session.start();
  }

  /** A session that has exchanged SETTINGS. */
  static async greeted(options: Partial<SessionOptions> = {}, hello = settings): Promise<TestPeer> {
    const peer = new TestPeer(options);
    peer.send(hello, h2(types.settings, flags.ack, 0));
    await peer.sent();
    return peer;
  }

  /** Sends frames to the session, in one chunk. */
  send(...frames: readonly Buffer[]): void {
    this.receive(Buffer.concat(frames));
  }

  /** Gives bytes to the session as a socket does: what it does not hold is overwritten by the next. */
  receive(bytes: Uint8Array): void {
    const memory = Buffer.from(bytes);
    if (!this.session.receive(memory)) memory.fill(0xa5);
  }

  /** The frames that the session has written since the last time. */
  async sent(): Promise<SentFrame[]> {
    await new Promise((resolve) => setImmediate(resolve));
    let bytes = Buffer.concat(this.#written.splice(0));
    if (!this.#greeted) {
      this.#greeted = true;
      bytes = bytes.subarray(PREFACE_BYTES);
    }
    for (const callback of this.#callbacks.splice(0)) callback();
    return framesOf(bytes);
  }

  /** The frames of one type among those written since the last time. */
  async sentOf(type: number): Promise<SentFrame[]> {
    return (await this.sent()).filter((frame) => frame.type === type);
  }

  /** The socket has passed everything on. */
  drain(): void {
    this.held = 0;
    this.session.drained();
  }

  /** Begins a call with one message, and asks for a reply unless told otherwise. */
  call(
    {
      message = Buffer.alloc(3),
      reads = true,
      ends = true,
      ...own
    } = {} as Partial<RequestHeaders> & {
      message?: Uint8Array;
      reads?: boolean;
      ends?: boolean;
    },
  ): { sink: TestSink; stream: CarrierStream } {
    const sink = new TestSink();
    sink.eager = reads;
    const stream = this.session.open({ ...headers, ...own }, sink);
    sink.stream = stream;
    if (message.length > 0) stream.write(message);
    if (reads) stream.read();
    if (ends) stream.end();
    return { sink, stream };
  }
}
