import { type Channel, channel, tracingChannel } from 'node:diagnostics_channel';
import { callback } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import { channelNames } from './channels.js';
import type {
  AttemptMessage,
  BreakerMessage,
  CallMessage,
  CertificateMessage,
  ClientMessage,
  ConnectionMessage,
  EjectionMessage,
  ObservedClient,
  RetryMessage,
} from './messages.js';

/** Functions for the events that one wants to see. */
export interface Subscriber {
  /** A client was created or closed. */
  client?(message: ClientMessage): void;
  /** A call begins. It runs in the asynchronous context of the caller. */
  callStarted?(call: CallMessage): void;
  /** The first reply of a stream came; for all other calls, and streams without a reply, the end. */
  callAnswered?(call: CallMessage): void;
  /** A call has ended. */
  callEnded?(call: CallMessage): void;
  /** An attempt began, or ended. */
  attempt?(message: AttemptMessage): void;
  /** A call is going to be repeated. */
  retry?(message: RetryMessage): void;
  /** A connection changed its state. */
  connection?(message: ConnectionMessage): void;
  /** An endpoint is left out, is probed, or takes calls again. */
  ejection?(message: EjectionMessage): void;
  /** A client certificate runs out soon. The process is not warned of it then. */
  certificate?(message: CertificateMessage): void;
  /** The breaker of a node, of `talos-client/resilience`, changed its state. */
  breaker?(message: BreakerMessage): void;
}

/** Which clients somebody wants to see. */
export interface SubscribeOptions {
  /**
   * Whether to see a client, such as one by its `name`. Asked once for each client. Default: all
   * clients of the process.
   */
  readonly only?: ((client: ObservedClient) => boolean) | undefined;
}

/** Something that goes on until it is stopped. */
export interface Subscription extends Disposable {
  /** Ends it. A second `stop()` does nothing. */
  stop(): void;
}

const subscriberShape: Shape<Subscriber> = {
  client: callback,
  callStarted: callback,
  callAnswered: callback,
  callEnded: callback,
  attempt: callback,
  retry: callback,
  connection: callback,
  ejection: callback,
  certificate: callback,
  breaker: callback,
};

/** The options and their kinds. */
export const subscribeShape: Shape<SubscribeOptions> = { only: callback };

/** Subscriber's function → its channel. */
function channelOf(event: keyof Subscriber): Channel {
  switch (event) {
    case 'callStarted':
      return tracingChannel(channelNames.call).start;
    case 'callAnswered':
      return tracingChannel(channelNames.call).asyncStart;
    case 'callEnded':
      return tracingChannel(channelNames.call).asyncEnd;
    default:
      return channel(channelNames[event]);
  }
}

/**
 * Calls the functions of `subscriber` for what the clients of this process do, until it is stopped.
 * It stands on the channels of `node:diagnostics_channel`, and costs nothing where no function is
 * given. A function that throws does no harm to calls: the process is warned of it, once.
 *
 * @example
 * ```ts
 * using slow = subscribe({
 *   callEnded({ rpc, node, durationMs = 0 }) {
 *     if (durationMs > 5000) console.warn(`${rpc} on ${node}: ${durationMs} ms`);
 *   },
 * });
 * ```
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function subscribe(subscriber: Subscriber, options: SubscribeOptions = {}): Subscription {
  checkOptions(subscriber, subscriberShape, 'subscribe', '{ callEnded(call) { … } }');
  checkOptions(options, subscribeShape, 'subscribe');
  const wanted = selection(options.only);
  const guarded = guard();
  const stops = Object.keys(subscriberShape).flatMap((name) => {
    const event = name as keyof Subscriber;
    if (subscriber[event] === undefined) return [];
    const source = channelOf(event);
    const listener = guarded((message: { readonly client: ObservedClient }) => {
      if (!wanted(clientOf(message))) return;
      if (event === 'certificate') (message as CertificateMessage).suppressWarning();
      (subscriber[event] as (message: unknown) => void)(message);
    });
    source.subscribe(listener);
    return [() => source.unsubscribe(listener)];
  });
  const stop = (): void => {
    for (const each of stops.splice(0)) each();
  };
  return { stop, [Symbol.dispose]: stop };
}

/** The client of a message: attempts and retries have it in their call. */
function clientOf(message: { readonly client?: ObservedClient }): ObservedClient {
  const { client, call } = message as { client?: ObservedClient; call?: CallMessage };
  return (client ?? call?.client) as ObservedClient;
}

function selection(
  only: ((client: ObservedClient) => boolean) | undefined,
): (client: ObservedClient) => boolean {
  if (only === undefined) return () => true;
  const known = new WeakMap<ObservedClient, boolean>();
  return (client) => {
    const before = known.get(client);
    if (before !== undefined) return before;
    const wanted = only(client);
    known.set(client, wanted);
    return wanted;
  };
}

/** Makes an error of a function a warning, which otherwise would end the process; the first one. */
function guard(): <T>(run: (message: T) => void) => (message: unknown) => void {
  let warned = false;
  return (run) => (message) => {
    try {
      run(message as Parameters<typeof run>[0]);
    } catch (error) {
      if (warned) return;
      warned = true;
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  };
}
