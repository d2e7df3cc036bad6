import type {
  AttemptMessage,
  BreakerMessage,
  CallMessage,
  ConnectionMessage,
  EjectionMessage,
  RetryMessage,
  Subscriber,
} from '../../runtime/diagnostics/index.js';
import { type Attributes, errorTypeOf, problemOf, serverOf, statusOf } from '../attributes.js';
import { isBroken, isEstablished } from '../following.js';
import type { CountedMetric } from './definitions.js';

/** Takes the values of counters and histograms. */
export type Count = (metric: CountedMetric, value: number, attributes: Attributes) => void;

/** Counts and measures what clients do. */
export class Meter implements Subscriber {
  readonly #count: Count;
  readonly #nodes: () => boolean;

  /** @param nodes whether durations are measured for each node */
  constructor(count: Count, nodes: () => boolean) {
    this.#count = count;
    this.#nodes = nodes;
  }

  callAnswered(call: CallMessage): void {
    if (isEstablished(call)) this.#measure(call, call.answeredAfterMs, { 'rpc.status_code': 'OK' });
  }

  callEnded(call: CallMessage): void {
    const end = { ...statusOf(call), ...errorTypeOf(call) };
    if (!isEstablished(call)) {
      this.#measure(call, call.durationMs, end);
    } else if (isBroken(call)) {
      const { 'server.address': address = '' } = serverOf(call.client, call.cluster);
      this.#count('streamFailures', 1, {
        'rpc.method': call.rpc,
        'server.address': address,
        ...end,
      });
    }
  }

  attempt(attempt: AttemptMessage): void {
    if (attempt.state !== 'ended') return;
    const { endpoint } = attempt;
    this.#count('attempts', 1, { 'talos.endpoint': endpoint, ...statusOf(attempt) });
  }

  retry(retry: RetryMessage): void {
    this.#count('retries', 1, { 'rpc.method': retry.call.rpc, ...statusOf(retry) });
  }

  connection({ state, endpoint, error }: ConnectionMessage): void {
    if (state !== 'failed') return;
    const problem = problemOf(error) ?? 'interrupted';
    this.#count('connectionFailures', 1, { 'talos.endpoint': endpoint, 'talos.problem': problem });
  }

  ejection({ state, endpoint }: EjectionMessage): void {
    if (state === 'ejected') this.#count('ejections', 1, { 'talos.endpoint': endpoint });
  }

  breaker({ state, node }: BreakerMessage): void {
    if (state === 'open') this.#count('breakerOpenings', 1, { 'talos.node': node });
  }

  #measure(call: CallMessage, ms = 0, end: Attributes): void {
    this.#count('callDuration', ms / 1000, {
      'rpc.system.name': 'grpc',
      'rpc.method': call.rpc,
      ...serverOf(call.client, call.cluster),
      ...(this.#nodes() && call.node !== undefined && { 'talos.node': call.node }),
      ...end,
    });
  }
}
