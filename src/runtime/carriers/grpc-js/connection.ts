import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { Channel, type ChannelOptions, connectivityState, Metadata } from '@grpc/grpc-js';
import { ConnectionError } from '../../dial/connection-error.js';
import type { Dialler } from '../../dial/dialler.js';
import type { Endpoint } from '../../dial/endpoint.js';
import { TCP_KEEPALIVE_MS } from '../../dial/place.js';
import type {
  CarrierStream,
  Connection,
  ConnectionOwner,
  RequestHeaders,
  StreamSink,
} from '../carrier.js';
import { Progress } from '../progress.js';
import { DialCredentials } from './credentials.js';
import type { MetadataCache } from './metadata.js';
import { Question } from './question.js';
import { targetOf } from './resolver.js';
import type { GrpcSettings } from './settings.js';
import { GrpcStream, type StreamHost } from './stream.js';
import { connectFailure } from './texts.js';

/** Milliseconds that a closed connection has to end in order before it is cut. */
const GOODBYE_MS = 200;

/** What the connections of one carrier share. */
export interface ConnectionParts {
  readonly settings: GrpcSettings;
  readonly metadata: MetadataCache;
  /** Milliseconds between keepalive PINGs; absent for none. */
  readonly keepaliveMs: number | undefined;
  /** The peer found that there are too many pings. */
  readonly pingLess: () => void;
}

/**
 * One connection to an endpoint: a grpc-js channel that is closed when its connection fails or
 * ends, and never reconnects. `calls/` decides when and where to connect. A channel on its own
 * reconnects for ever, waits for ever for a peer that accepts and stays silent, and does not say
 * why it failed.
 */
export class GrpcConnection implements Connection, StreamHost {
  readonly endpoint: Endpoint;
  readonly #owner: ConnectionOwner;
  readonly #parts: ConnectionParts;
  readonly #cut = new AbortController();
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;
  #channel: Channel | undefined;
  #socket: Socket | undefined;
  readonly #progress: Progress;
  #state: 'connecting' | 'ready' | 'over' = 'connecting';
  #broken: Error | undefined;
  #goodbye: (() => void) | undefined;
  readonly #question = new Question();
  #proved = false;

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
    const { connectTimeoutMs } = parts.settings;
    this.#timer = setTimeout(
      () => this.#fail(this.#progress.timedOut(connectTimeoutMs)),
      connectTimeoutMs,
    );
    dialler.then(
      (ready) => this.#dial(ready),
      (error) => this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #dial(dialler: Dialler): void {
    if (this.#state === 'over') return;
    this.#progress.proxy = dialler.proxy;
    const { endpoint } = this;
    const { target, options } = targetOf(
      dialler.place,
      this.#cut.signal,
      endpoint.path === undefined ? endpoint.address : 'localhost',
    );
    const credentials = new DialCredentials({
      wanted: () => this.#state === 'connecting',
      secure: (socket) => this.#secure(socket, dialler),
    });
    this.#channel = new Channel(target, credentials, {
      ...channelOptions(this.#parts, endpoint),
      ...options,
    });
    this.#channel.getConnectivityState(true);
    this.#watch(this.#channel);
  }

  async #secure(socket: Socket, dialler: Dialler): Promise<Socket> {
    this.#keep(socket);
    try {
      const secured = await dialler.secure(socket, (error) => {
        this.#broken ??= error;
      });
      this.#progress.phase = 'secured';
      return secured;
    } catch (error) {
      this.#broken ??= error as Error;
      throw error;
    }
  }

  get channel(): Channel {
    return this.#channel as Channel;
  }

  get progress(): string {
    return this.#question.open ? 'the connection has not answered a PING yet' : this.#progress.text;
  }

  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  /** How the connection broke, if it did. */
  get broken(): Error | undefined {
    return this.#broken;
  }

  open(headers: RequestHeaders, sink: StreamSink): CarrierStream {
    return new GrpcStream(this, headers, this.#parts.metadata.of(headers), sink);
  }

  retire(): void {
    if (this.#state !== 'ready') return;
    this.#state = 'over';
    this.#question.close();
    const { channel } = this;
    // A call that was begun just now has not got its stream yet, and grpc-js ends it when it closes.
    // Without a connection that cannot be helped; grpc-js would only try to make another.
    const isReady = channel.getConnectivityState(false) === connectivityState.READY;
    if (isReady) setImmediate(() => channel.close());
    else channel.close();
    this.#owner.lost(this, this.#broken);
    if (this.#sockets.size === 0) this.#owner.gone(this);
  }

  /** Ends the connection at once, and with it all that is open on it. */
  cut(): void {
    this.retire();
    this.#cut.abort();
  }

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

  /** A stream got an answer. */
  proved(): void {
    if (this.#proved) return;
    this.#proved = true;
    this.#owner.proved(this);
  }

  /** The peer found that there are too many pings. */
  pingLess(): void {
    this.#parts.pingLess();
  }

  /**
   * Asks the peer whether it is still there, after a stream on which nothing came. If no answer
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

  #watch(channel: Channel): void {
    const state = channel.getConnectivityState(false);
    channel.watchConnectivityState(state, Infinity, () => {
      // Not in the middle of grpc-js' own change of state.
      queueMicrotask(() => this.#changed(channel));
    });
  }

  #changed(channel: Channel): void {
    if (this.#state === 'over') return;
    const state = channel.getConnectivityState(false);
    if (state === connectivityState.READY) {
      if (this.#state === 'connecting') {
        this.#state = 'ready';
        clearTimeout(this.#timer);
        this.#owner.connected(this);
      }
      this.#watch(channel);
    } else if (state === connectivityState.CONNECTING && this.#state === 'connecting') {
      this.#watch(channel);
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
    this.#progress.phase = 'securing';
    socket.on('error', () => {}); // also when nobody else listens any more
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size > 0) return;
      this.#goodbye?.();
      if (this.#state === 'over') this.#owner.gone(this);
    });
  }

  /** Finds out why the attempt failed. */
  #explain(): void {
    const broken = this.#broken;
    if (broken !== undefined) {
      this.#fail(broken instanceof ConnectionError ? broken : this.#progress.interrupted(broken));
    } else if (this.#progress.phase === 'secured') {
      this.#fail(this.#progress.closedEarly());
    } else {
      this.#ask();
    }
  }

  /**
   * Has grpc-js say it: a call on a channel that failed ends at once, unsent, and with the reason.
   */
  #ask(): void {
    const call = this.channel.createCall('/', Infinity, null, null, null);
    call.start(new Metadata(), {
      onReceiveMetadata: () => {},
      onReceiveMessage: () => {},
      onReceiveStatus: ({ details }) => {
        this.#fail(this.#progress.interrupted(connectFailure(details)));
      },
    });
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
    this.#channel?.close();
  }
}

function channelOptions(
  { settings, keepaliveMs }: ConnectionParts,
  { address, path }: Endpoint,
): ChannelOptions {
  return {
    ...settings.channelOptions,
    ...(keepaliveMs !== undefined && { 'grpc.keepalive_time_ms': keepaliveMs }),
    'grpc.default_authority': path === undefined ? address : 'localhost',
    ...settings.userOptions,
    // A channel connects once; its timers should not outlive it by much.
    'grpc.initial_reconnect_backoff_ms': 1000,
    'grpc.max_reconnect_backoff_ms': 1000,
  };
}
