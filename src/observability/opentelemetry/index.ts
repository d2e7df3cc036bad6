import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';
import { flag, record } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import {
  type SubscribeOptions,
  type Subscription,
  subscribe,
} from '../../runtime/diagnostics/index.js';
import { subscribeShape } from '../../runtime/diagnostics/subscribe.js';
import { Live } from '../metrics/live.js';
import { Meter } from '../metrics/meter.js';
import { makeInstruments } from './instruments.js';
import { CallSpans } from './spans.js';

export type { SubscribeOptions, Subscription } from '../../runtime/diagnostics/index.js';

/** What `openTelemetry` makes, and for which clients. */
export interface OpenTelemetryOptions extends SubscribeOptions {
  /** Where spans go, or `false` for no spans. Default: the provider of the process. */
  readonly tracerProvider?: TracerProvider | false | undefined;
  /**
   * Where metrics go, or `false` for no metrics. Default: the provider that the process has when
   * `openTelemetry` is called. A provider that is registered later gets none.
   */
  readonly meterProvider?: MeterProvider | false | undefined;
  /**
   * Whether calls send the headers of the propagator of the process along, such as `traceparent`
   * and `baggage`. Default: no. Talos ignores them; what stands in front of it may not.
   */
  readonly propagate?: boolean | undefined;
  /** Whether each attempt has a span, also where there was only one. Default: no. */
  readonly everyAttempt?: boolean | undefined;
  /** Whether the durations of calls are measured for each node, as `talos.node`. Default: no. */
  readonly nodes?: boolean | undefined;
  /**
   * Whether spans that failed have the words of nodes. Default: no, as nodes may quote what was
   * sent to them, such as lines of a configuration.
   */
  readonly nodeTexts?: boolean | undefined;
}

const provider = (value: unknown): string | undefined =>
  value === false || record(value) === undefined ? undefined : 'a provider, or false';

const optionsShape: Shape<OpenTelemetryOptions> = {
  ...subscribeShape,
  tracerProvider: provider,
  meterProvider: provider,
  propagate: flag,
  everyAttempt: flag,
  nodes: flag,
  nodeTexts: flag,
};

/** The instrumentation scope of all spans and metrics. */
const scope = 'talos-client';

/**
 * Makes spans and metrics of what the clients of this process do, until it is stopped. Call it when
 * the SDK has started.
 *
 * Names are those of OpenTelemetry's conventions for RPC. A call has a span with all its attempts.
 * Attempts have spans of their own below it when the call was repeated. The span of a stream that
 * follows, such as a log, ends with its first reply; if the stream breaks later, that is a span of
 * its own with a link.
 *
 * @example
 * ```ts
 * using telemetry = openTelemetry({ propagate: true });
 * ```
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Subscription {
  checkOptions(options, optionsShape, 'openTelemetry');
  const subscriptions = [...traced(options), ...measured(options)];
  const stop = (): void => {
    for (const each of subscriptions.splice(0)) each.stop();
  };
  return { stop, [Symbol.dispose]: stop };
}

function traced(options: OpenTelemetryOptions): readonly Pick<Subscription, 'stop'>[] {
  const { tracerProvider = trace.getTracerProvider(), only } = options;
  if (tracerProvider === false) return [];
  const { propagate = false, everyAttempt = false, nodeTexts = false } = options;
  const choices = { propagate, everyAttempt, nodeTexts };
  return [subscribe(new CallSpans(tracerProvider.getTracer(scope), choices), { only })];
}

function measured(options: OpenTelemetryOptions): readonly Pick<Subscription, 'stop'>[] {
  const { meterProvider = metrics.getMeterProvider(), nodes = false, only } = options;
  if (meterProvider === false) return [];
  const live = new Live();
  const instruments = makeInstruments(meterProvider.getMeter(scope), live);
  const meter = new Meter(instruments.count, () => nodes);
  return [subscribe(live, { only }), subscribe(meter, { only }), instruments];
}
