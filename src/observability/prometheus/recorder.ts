import {
  Counter,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  type PrometheusContentType,
  type Registry,
} from 'prom-client';
import {
  type ObservedClient,
  type Subscription,
  subscribe,
} from '../../runtime/diagnostics/index.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Attributes } from '../attributes.js';
import {
  type CountedMetric,
  durationBounds,
  type Metric,
  metrics,
  type ReadMetric,
} from '../metrics/definitions.js';
import { Live } from '../metrics/live.js';
import { Meter } from '../metrics/meter.js';

/** A registry of `prom-client`, of either format. */
export type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/** What one call of `prometheus` asks for. */
interface Wish {
  readonly nodes: boolean;
  readonly only: (client: ObservedClient) => boolean;
}

/** For the whole process, which may have this package twice: as ES modules and for CommonJS. */
const recordersKey: unique symbol = Symbol.for('talos-client.prometheus') as never;
const shared = globalThis as { [recordersKey]?: WeakMap<AnyRegistry, Recorder> };

/** The recorder of a registry; there is one. */
export function recorderOf(registry: AnyRegistry): Recorder {
  shared[recordersKey] ??= new WeakMap();
  const recorders = shared[recordersKey];
  const known = recorders.get(registry);
  if (known !== undefined) return known;
  const made = new Recorder(registry);
  recorders.set(registry, made);
  return made;
}

/** Keeps the metrics of a registry, for all who asked for them. */
class Recorder {
  readonly #wishes = new Set<Wish>();
  readonly #live = new Live();
  readonly #counted = new Map<string, (value: number, attributes: Attributes) => void>();
  readonly #meter = new Meter(
    (metric: CountedMetric, value, attributes) => this.#counted.get(metric)?.(value, attributes),
    () => [...this.#wishes].some(({ nodes }) => nodes),
  );
  #subscriptions: readonly Subscription[] = [];

  constructor(registry: AnyRegistry) {
    for (const metric of Object.values<Metric>(metrics)) refuseForeign(registry, metric);
    for (const [key, metric] of Object.entries<Metric>(metrics)) this.#make(registry, key, metric);
  }

  /** Records what `wish` asks for, until the function that it returns is called. */
  add(wish: Wish): () => void {
    this.#wishes.add(wish);
    this.#subscribe();
    return () => {
      if (this.#wishes.delete(wish)) this.#subscribe();
    };
  }

  /** Subscribes anew, as which clients are wanted is asked once per subscription. */
  #subscribe(): void {
    for (const subscription of this.#subscriptions) subscription.stop();
    const wishes = [...this.#wishes];
    if (wishes.length === 0) {
      this.#subscriptions = [];
      return;
    }
    const only = (client: ObservedClient): boolean => wishes.some((wish) => wish.only(client));
    this.#subscriptions = [subscribe(this.#live, { only }), subscribe(this.#meter, { only })];
  }

  #make(registry: AnyRegistry, key: string, metric: Metric): void {
    const common = {
      name: prometheusName(metric),
      help: metric.help,
      labelNames: metric.attributes.map(labelOf),
      registers: [registry],
    };
    const live = this.#live;
    switch (metric.kind) {
      case 'counter': {
        const counter = new Counter(common);
        this.#counted.set(key, (value, attributes) => counter.inc(labelsOf(attributes), value));
        break;
      }
      case 'histogram': {
        const histogram = new Histogram({ ...common, buckets: [...durationBounds] });
        this.#counted.set(key, (value, attributes) =>
          histogram.observe(labelsOf(attributes), value),
        );
        break;
      }
      case 'gauge':
        new Gauge({
          ...common,
          collect() {
            this.reset();
            for (const { value, attributes } of live.read(key as ReadMetric)) {
              this.set(labelsOf(attributes), value);
            }
          },
        });
        break;
      case 'total':
        new Counter({
          ...common,
          collect() {
            this.reset();
            for (const { value, attributes } of live.read(key as ReadMetric)) {
              this.inc(labelsOf(attributes), value);
            }
          },
        });
        break;
    }
  }
}

function refuseForeign(registry: AnyRegistry, metric: Metric): void {
  const name = prometheusName(metric);
  if (registry.getSingleMetric(name) === undefined) return;
  throw new TalosConfigError(
    `prometheus: registry: it has a metric ${name} from elsewhere: give it another registry`,
    { field: 'registry' },
  );
}

/** The name by OpenTelemetry's rules for Prometheus. */
export function prometheusName({ name, unit, kind }: Metric): string {
  const end = kind === 'counter' || kind === 'total' ? '_total' : unit === 's' ? '_seconds' : '';
  return `${name.replaceAll('.', '_')}${end}`;
}

/** The label of an attribute; those of our own have no prefix. */
export function labelOf(attribute: string): string {
  return attribute.replace(/^talos\./, '').replaceAll('.', '_');
}

function labelsOf(attributes: Attributes): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [labelOf(name), value]),
  );
}
