import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { Channel, type ChannelOptions, connectivityState, Metadata } from '@grpc/grpc-js';
import { now } from '../clock.js';
import { ConnectionError, errorCode } from '../credentials/connection-error.js';
import type { ChannelSecurity } from '../credentials/credentials.js';
import type { Endpoint } from '../endpoints.js';
import { connectFailure } from '../errors/grpc-texts.js';
import type { ProxyRoute } from '../proxy/proxy.js';
import { ObservedCredentials } from './observed-credentials.js';
import type { ConnectionSettings } from './options.js';
import { Question } from './question.js';
import { placeOf, targetOf } from './resolver.js';

/** Milliseconds of silence before TCP asks whether the peer is still there, as in Go. */
const TCP_KEEPALIVE_MS = 15_000;

/** Milliseconds a closed connection has to say goodbye before it is cut. */
const GOODBYE_MS = 200;

/** A connection that ends sooner than this, and before any answer, was not worth making. */
const BRIEF_MS = 10_000;

/** Is told how the attempt to connect ended, and what becomes of the connection. */
export interface ConnectionOwner {
  /** It takes calls: the attempt succeeded, or a doubt is dispelled. */
  connected(connection: Connection): void;
  failed(connection: Connection, error: Error): void;
  /** It takes no calls until it has shown whether it is still there. */
  doubted(connection: Connection): void;
  /** A call got an answer on it, the first one. */
  proved(connection: Connection): void;
  /** Takes no more calls, though streams that are open may still end well. */
  lost(connection: Connection): void;
  /** All is closed. */
  gone(connection: Connection): void;
}

/** What it takes to connect to an endpoint. */
export interface ConnectionParts {
  readonly endpoint: Endpoint;
  readonly settings: ConnectionSettings;
  readonly security: ChannelSecurity;
  readonly route: ProxyRoute;
  /** Milliseconds between keepalive pings; absent for none. */
  readonly keepaliveMs: number | undefined;
}

/**
 * One connection to an endpoint: a grpc-js channel that is closed when its connection fails or
 * ends, and never connects again. When and where to connect is decided by the pool: a channel
 * left to itself reconnects for ever, waits for ever where a peer accepts and stays silent, and
 * tells nobody why it failed.
 */
export class Connection {
  readonly channel: Channel;
  readonly endpoint: Endpoint;
  readonly #security: ChannelSecurity;
  readonly #owner: ConnectionOwner;
  readonly #cut = new AbortController();
  readonly #sockets = new Set<Socket>();
  #socket: Socket | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #route: ProxyRoute;
  readonly #timeoutMs: number;
  readonly #question = new Question();
  #state: 'connecting' | 'ready' | 'over' = 'connecting';
  #readyAt = 0;
  #proved = false;
  #phase: 'dialling' | 'securing' | 'secured' = 'dialling';
  #broken: unknown;
  #goodbye: (() => void) | undefined;

  constructor(parts: ConnectionParts, owner: ConnectionOwner) {
    const { endpoint, settings, security, route } = parts;
    this.endpoint = endpoint;
    this.#security = security;
    this.#owner = owner;
    this.#route = route;
    this.#timeoutMs = settings.connectTimeoutMs;
    const { target, options } = targetOf(
      { ...placeOf(route.target), signal: this.#cut.signal },
      endpoint.path === undefined ? endpoint.address : 'localhost',
    );
    this.channel = new Channel(
      target,
      new ObservedCredentials(route.secure(security.credentials), {
        wanted: () => this.#state === 'connecting',
        connected: (socket) => this.#keep(socket),
        secured: () => {
          this.#phase = 'secured';
        },
        broken: (error) => {
          this.#broken ??= error;
        },
      }),
      channelOptions(parts, options),
    );
    this.#timer = setTimeout(() => this.#giveUp(), this.#timeoutMs);
    this.channel.getConnectivityState(true);
    this.#watch();
  }

  /** How far the attempt to connect has come, for people. */
  get progress(): string {
    if (this.#question.open) return 'the connection has not answered a PING yet';
    switch (this.#phase) {
      case 'dialling':
        return 'nobody answered';
      case 'securing':
        return `the connection was accepted, but the ${
          this.#route.proxy === undefined ? 'TLS handshake' : 'handshake'
        } went unanswered`;
      default:
        return 'the connection was accepted, but HTTP/2 went unanswered';
    }
  }

  /** How many bytes have come from the peer, whatever they were. */
  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  /** A call got an answer. */
  proved(): void {
    if (this.#proved) return;
    this.#proved = true;
    this.#owner.proved(this);
  }

  /** Whether it ended soon and without an answer to any call. */
  get wasInVain(): boolean {
    return !this.#proved && now() - this.#readyAt < BRIEF_MS;
  }

  /**
   * Asks the peer whether it is still there, after a call that heard nothing at all. If no answer
   * comes soon, the connection is retired.
   */
  doubt(session: ClientHttp2Session | undefined): void {
    if (this.#state !== 'ready' || this.#question.open) return;
    this.#owner.doubted(this);
    this.#question.ask(session, (alive) => {
      if (alive) this.#owner.connected(this);
      else this.retire();
    });
  }

  /** Takes no more calls: the peer may be gone without a word. Calls that are open go on. */
  retire(): void {
    if (this.#state !== 'ready') return;
    this.#state = 'over';
    this.#question.close();
    // A call that was begun just now has not got its stream yet, and grpc-js ends it when it closes.
    // Without a connection that cannot be helped; grpc-js would only try to make another.
    const isReady = this.channel.getConnectivityState(false) === connectivityState.READY;
    if (isReady) setImmediate(() => this.channel.close());
    else this.channel.close();
    this.#owner.lost(this);
    if (this.#sockets.size === 0) this.#owner.gone(this);
  }

  /** How the connection broke, if it did. */
  get broken(): Error | undefined {
    if (this.#broken === undefined) return undefined;
    const known = this.#security.lastError?.();
    return known ?? (this.#broken instanceof Error ? this.#broken : undefined);
  }

  /** Ends the connection; its calls must have been ended before. */
  async close(): Promise<void> {
    this.#end();
    if (this.#sockets.size === 0) {
      this.#cut.abort();
      return;
    }
    // The last frames, cancellations among them, are still to be written.
    const cut = setTimeout(() => this.#cut.abort(), GOODBYE_MS);
    await new Promise<void>((resolve) => {
      this.#goodbye = resolve;
    });
    clearTimeout(cut);
    this.#cut.abort();
  }

  #watch(): void {
    const state = this.channel.getConnectivityState(false);
    this.channel.watchConnectivityState(state, Infinity, () => {
      // Not in the middle of grpc-js' own change of state.
      queueMicrotask(() => this.#changed());
    });
  }

  #changed(): void {
    if (this.#state === 'over') return;
    const state = this.channel.getConnectivityState(false);
    if (state === connectivityState.READY) {
      if (this.#state === 'connecting') {
        this.#state = 'ready';
        this.#readyAt = now();
        clearTimeout(this.#timer);
        this.#owner.connected(this);
      }
      this.#watch();
    } else if (state === connectivityState.CONNECTING && this.#state === 'connecting') {
      this.#watch();
    } else if (this.#state === 'ready') {
      // Streams that are open may still end well, as after a GOAWAY.
      this.retire();
    } else {
      this.#explain();
    }
  }

  #keep(socket: Socket): void {
    this.#socket = socket;
    this.#sockets.add(socket);
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    this.#phase = 'securing';
    socket.on('error', () => {}); // also when nobody else listens any more
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size > 0) return;
      this.#goodbye?.();
      if (this.#state === 'over') this.#owner.gone(this);
    });
  }

  #giveUp(): void {
    const text = `no connection to ${this.#place()} within ${this.#timeoutMs} ms: ${this.progress}`;
    this.#fail(new ConnectionError('interrupted', text));
  }

  #place(): string {
    const { address } = this.endpoint;
    const { proxy } = this.#route;
    return proxy === undefined ? address : `${address} through ${proxy}`;
  }

  /** Finds out why the attempt failed. */
  #explain(): void {
    const broken = this.#broken;
    if (broken !== undefined) {
      const { failure, lastError } = this.#security;
      const known = broken instanceof ConnectionError ? broken : lastError?.();
      const cause = broken instanceof Error ? broken : new Error(String(broken));
      this.#fail(failure?.() ?? known ?? this.#interrupted(cause));
    } else if (this.#phase === 'secured') {
      const reason = 'it was closed before HTTP/2 began, as nodes do that refuse the client';
      this.#fail(this.#security.lastError?.() ?? this.#interrupted(new Error(reason)));
    } else {
      this.#ask();
    }
  }

  /** Has grpc-js say it: a call on a channel that failed ends at once, unsent, and with the reason. */
  #ask(): void {
    const call = this.channel.createCall('/', Infinity, null, null, null);
    call.start(new Metadata(), {
      onReceiveMetadata: () => {},
      onReceiveMessage: () => {},
      onReceiveStatus: ({ details }) => {
        this.#fail(this.#interrupted(connectFailure(details)));
      },
    });
  }

  #interrupted(cause: Error): ConnectionError {
    const reason = cause.message || errorCode(cause) || 'no reason';
    const text = `no connection to ${this.#place()}: ${reason}`;
    return new ConnectionError('interrupted', text, { cause });
  }

  #fail(error: Error): void {
    if (this.#state === 'over') return;
    this.#end();
    this.#cut.abort();
    this.#owner.failed(this, error);
  }

  #end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#question.close();
    clearTimeout(this.#timer);
    this.channel.close();
  }
}

function channelOptions(parts: ConnectionParts, target: ChannelOptions): ChannelOptions {
  const { endpoint, settings, security, route, keepaliveMs } = parts;
  return {
    ...settings.channelOptions,
    ...(keepaliveMs !== undefined && { 'grpc.keepalive_time_ms': keepaliveMs }),
    ...(endpoint.path === undefined ? {} : { 'grpc.default_authority': 'localhost' }),
    ...security.options,
    ...route.options,
    ...settings.userOptions,
    // A channel connects once; its timers should not outlive it by much.
    'grpc.initial_reconnect_backoff_ms': 1000,
    'grpc.max_reconnect_backoff_ms': 1000,
    ...target,
  };
}
