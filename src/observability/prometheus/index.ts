import { flag } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { SubscribeOptions, Subscription } from '../../runtime/diagnostics/index.js';
import { subscribeShape } from '../../runtime/diagnostics/subscribe.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { type AnyRegistry, recorderOf } from './recorder.js';

export type { SubscribeOptions, Subscription } from '../../runtime/diagnostics/index.js';
export type { AnyRegistry } from './recorder.js';

/** Where `prometheus` puts metrics, and for which clients. */
export interface PrometheusOptions extends SubscribeOptions {
  /** Where the metrics go: `new Registry()` of `prom-client`, or its global `register`. */
  readonly registry: AnyRegistry;
  /** Whether the durations of calls are measured for each node, as `node`. Default: no. */
  readonly nodes?: boolean | undefined;
}

const optionsShape: Shape<PrometheusOptions> = {
  ...subscribeShape,
  registry: (value) =>
    typeof (value as AnyRegistry | null)?.registerMetric === 'function'
      ? undefined
      : 'a Registry of prom-client',
  nodes: flag,
};

/**
 * Puts metrics of what the clients of this process do into a registry, until it is stopped. A second
 * call with the same registry uses the metrics that are there, and counts nothing twice.
 *
 * @example
 * ```ts
 * import { register } from 'prom-client';
 * using metrics = prometheus({ registry: register });
 * ```
 * @throws {TalosConfigError} when an option cannot be used, or the registry has a metric of the same
 * name from elsewhere; the error names it
 */
export function prometheus(options: PrometheusOptions): Subscription {
  checkOptions(options, optionsShape, 'prometheus', '{ registry: new Registry() }');
  const { registry, nodes = false, only = () => true } = options;
  if (registry === undefined) {
    throw new TalosConfigError(
      'prometheus: registry: expected a Registry of prom-client, got none',
      {
        field: 'registry',
      },
    );
  }
  const stop = recorderOf(registry).add({ nodes, only });
  return { stop, [Symbol.dispose]: stop };
}
