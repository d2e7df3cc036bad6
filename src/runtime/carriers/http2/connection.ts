import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ConnectionError } from '../../dial/connection-error.js';
import { type Dialler, dial } from '../../dial/dialler.js';
import type { Endpoint } from '../../dial/endpoint.js';
import type {
  CarrierStream,
  Connection,
  ConnectionOwner,
  RequestHeaders,
  StreamSink,
} from '../carrier.js';
import { resetCodes } from '../carrier.js';
import type { CarrierSettings } from '../options.js';
import { Progress } from '../progress.js';
import type { Http2Error } from './frames.js';
import { Keepalive, Question } from './liveness.js';
import { Session, type SessionOwner } from './session.js';

/** Milliseconds that a closed connection has to end in order before it is cut. */
const GOODBYE_MS = 200;

/** Milliseconds that open streams have to end after the peer said goodbye because of an error. */
const LAST_MS = 1000;

/** What the connections of one carrier share. */
export interface ConnectionParts {
  readonly settings: CarrierSettings;
  /** Whether requests are compressed. */
  readonly gzip: boolean;
  /** When to ask a silent peer whether it is there; absent for never. */
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number } | undefined;
  /** The peer found that there are too many pings. */
  readonly pingLess: () => void;
}

/** One connection to an endpoint: from dialling to the end of its socket. */
export class Http2Connection implements Connection, SessionOwner {
  readonly endpoint: Endpoint;
  bytesRead = 0;
  readonly #owner: ConnectionOwner;
  readonly #parts: ConnectionParts;
  readonly #cut = new AbortController();
  readonly #question: Question;
  readonly #keepalive: Keepalive | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #progress: Progress;
  #socket: Socket | undefined;
  #session: Session | undefined;
  /** What came before there was a session. */
  readonly #early: Uint8Array[] = [];
  #state: 'connecting' | 'ready' | 'leaving' | 'over' = 'connecting';
  #broken: Error | undefined;
  #proved = false;
  #closed: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    endpoint: Endpoint,
    dialler: Promise<Dialler>,
    parts: ConnectionParts,
    owner: ConnectionOwner,
  ) {
    this.endpoint = endpoint;
    this.#progress = new Progress(endpoint);
    this.#parts = parts;
    this.#owner = owner;
    const connection = this;
    this.#question = new Question({
      get messages() {
        return connection.#session?.messages ?? 0;
      },
      ask: (payload) => this.#session?.ask(payload),
    });
    this.#keepalive = parts.keepalive && new Keepalive(this.#question, this, parts.keepalive);
    const { connectTimeoutMs } = parts.settings;
    this.#timer = setTimeout(
      () => this.#fail(this.#progress.timedOut(connectTimeoutMs)),
      connectTimeoutMs,
    );
    this.#dial(dialler).catch((error: Error) => this.#fail(error));
  }

  async #dial(dialler: Promise<Dialler>): Promise<void> {
    const ready = await dialler;
    if (this.#cut.signal.aborted) return;
    this.#progress.proxy = ready.proxy;
    let socket: Socket;
    try {
      socket = await dial(ready, this.#cut.signal, {
        accepted: () => {
          this.#progress.phase = 'securing';
        },
        broken: (error) => {
          this.#broken ??= error;
        },
        received: (bytes) => this.#received(bytes),
      });
    } catch (error) {
      // Before TLS, the reason is what counts.
      const { cause } = error as Error;
      throw this.#progress.phase === 'dialling' && cause instanceof Error
        ? this.#progress.interrupted(cause)
        : error;
    }
    if (this.#cut.signal.aborted) socket.destroy();
    else this.#begin(socket);
  }

  #begin(socket: Socket): void {
    const { settings, gzip } = this.#parts;
    const { address, path } = this.endpoint;
    this.#progress.phase = 'secured';
    this.#socket = socket;
    const session = new Session(
      socket,
      {
        maxMessageBytes: settings.maxMessageBytes,
        window: settings.flowControlWindow,
        gzip,
        scheme: socket instanceof TLSSocket ? 'https' : 'http',
        authority: path === undefined ? address : 'localhost',
      },
      this,
    );
    this.#session = session;
    socket.setNoDelay(true);
    socket.on('drain', () => session.drained());
    socket.on('error', (error) => {
      this.#broken ??= error;
      this.#leave();
    });
    socket.once('end', () => this.#ended());
    socket.once('close', () => this.#gone());
    session.start();
    for (const bytes of this.#early.splice(0)) session.receive(bytes);
  }

  #received(bytes: Uint8Array): boolean {
    this.bytesRead += bytes.length;
    if (this.#session !== undefined) return this.#session.receive(bytes);
    this.#early.push(bytes);
    return true;
  }

  get progress(): string {
    return this.#question.open ? 'the connection has not answered a PING yet' : this.#progress.text;
  }

  open(headers: RequestHeaders, sink: StreamSink): CarrierStream {
    return (this.#session as Session).open(headers, sink);
  }

  retire(): void {
    if (this.#state !== 'ready') return;
    this.#leave();
    this.#finishIfIdle();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#question.close();
    this.#keepalive?.stop();
    const socket = this.#socket;
    this.#state = 'over';
    if (socket === undefined || socket.destroyed) {
      this.#cut.abort();
      return;
    }
    if (this.#closing === undefined) {
      this.#closing = new Promise<void>((resolve) => {
        this.#closed = resolve;
      });
      this.#goodbye();
    }
    await this.#closing;
  }

  // What the session tells.

  ready(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'ready';
    clearTimeout(this.#timer);
    this.#owner.connected(this);
  }

  proved(): void {
    if (this.#proved) return;
    this.#proved = true;
    this.#owner.proved(this);
  }

  doubt(): void {
    if (this.#state !== 'ready' || this.#question.open) return;
    this.#owner.doubted(this);
    this.#question.ask((alive) => {
      if (this.#state !== 'ready') return;
      if (alive) this.#owner.connected(this);
      else this.retire();
    });
  }

  answered(payload: number | undefined): boolean {
    return this.#question.answered(payload);
  }

  busy(isBusy: boolean): void {
    if (isBusy) {
      this.#keepalive?.start();
    } else {
      this.#keepalive?.stop();
      this.#finishIfIdle();
    }
  }

  goingAway(code: number): void {
    if (code === resetCodes.enhanceYourCalm) this.#parts.pingLess();
    if (this.#state === 'connecting') {
      this.#fail(this.#progress.interrupted(new Error('it said goodbye before HTTP/2 began')));
      return;
    }
    this.#leave();
    if (code !== resetCodes.noError && this.#state === 'leaving') {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#socket?.destroy(), LAST_MS);
    }
  }

  broke(error: Http2Error): void {
    const text = `${this.endpoint.address} broke the rules of HTTP/2: ${error.message}`;
    this.#broken ??= new ConnectionError('interrupted', text, { cause: error });
    if (this.#state === 'connecting') {
      this.#fail(this.#broken);
      return;
    }
    this.#leave();
    this.#session?.lost(this.#broken);
    // What was written, the reason among it, leaves before the end.
    this.#end();
  }

  /** The peer did not answer a PING. */
  silent(): void {
    const text = `${this.endpoint.address} did not answer a PING`;
    this.#broken ??= new ConnectionError('interrupted', text);
    this.#leave();
    this.#socket?.destroy();
  }

  /** Takes no more streams, if it did. */
  #leave(): void {
    if (this.#state !== 'ready') return;
    this.#state = 'leaving';
    this.#session?.retire();
    this.#owner.lost(this, this.#broken);
  }

  #finishIfIdle(): void {
    if (this.#state !== 'leaving' || this.#session?.busy === true) return;
    this.#question.close();
    this.#goodbye();
  }

  #goodbye(): void {
    this.#session?.goodbye();
    this.#end();
  }

  /** Closes the socket in order, or else without. */
  #end(): void {
    const socket = this.#socket as Socket;
    socket.end();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
  }

  /** The peer closed its side: no call can be answered any more, and Node writes nothing more. */
  #ended(): void {
    this.#leave();
    if (this.#state !== 'leaving') return;
    this.#session?.lost(this.#broken);
    this.#end();
  }

  /** The socket is closed. */
  #gone(): void {
    clearTimeout(this.#timer);
    this.#keepalive?.stop();
    this.#question.close();
    if (this.#state === 'connecting') {
      this.#explain();
      return;
    }
    const wasReady = this.#state === 'ready';
    this.#state = 'over';
    if (wasReady) this.#owner.lost(this, this.#broken);
    this.#session?.lost(this.#broken);
    this.#cut.abort();
    this.#closed?.();
    this.#owner.gone(this);
  }

  /** The connection ended before HTTP/2 began. */
  #explain(): void {
    const broken = this.#broken;
    if (broken === undefined) this.#fail(this.#progress.closedEarly());
    else
      this.#fail(broken instanceof ConnectionError ? broken : this.#progress.interrupted(broken));
  }

  #fail(error: Error): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    clearTimeout(this.#timer);
    this.#session?.lost(error);
    this.#cut.abort();
    this.#socket?.destroy();
    this.#owner.failed(this, error);
  }
}
