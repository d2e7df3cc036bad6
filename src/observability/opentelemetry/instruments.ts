import type { Meter as ApiMeter, ObservableResult } from '@opentelemetry/api';
import type { Attributes } from '../attributes.js';
import {
  type CountedMetric,
  durationBounds,
  type Metric,
  metrics,
  type ReadMetric,
} from '../metrics/definitions.js';
import type { Live } from '../metrics/live.js';

/** The instruments of an OpenTelemetry meter. */
export interface Instruments {
  count(metric: CountedMetric, value: number, attributes: Attributes): void;
  /** Reads no more. */
  stop(): void;
}

/** Makes an instrument of each metric. */
export function makeInstruments(meter: ApiMeter, live: Live): Instruments {
  const counted = new Map<string, (value: number, attributes: Attributes) => void>();
  const stops: (() => void)[] = [];
  for (const [key, metric] of Object.entries<Metric>(metrics)) {
    const { name, kind, unit, help: description } = metric;
    if (kind === 'counter') {
      const counter = meter.createCounter(name, { unit, description });
      counted.set(key, (value, attributes) => counter.add(value, attributes));
    } else if (kind === 'histogram') {
      const advice = { explicitBucketBoundaries: [...durationBounds] };
      const histogram = meter.createHistogram(name, { unit, description, advice });
      counted.set(key, (value, attributes) => histogram.record(value, attributes));
    } else {
      const instrument =
        kind === 'gauge'
          ? meter.createObservableGauge(name, { unit, description })
          : meter.createObservableCounter(name, { unit, description });
      const read = (result: ObservableResult): void => {
        for (const { value, attributes } of live.read(key as ReadMetric)) {
          result.observe(value, attributes);
        }
      };
      instrument.addCallback(read);
      stops.push(() => instrument.removeCallback(read));
    }
  }
  return {
    count: (metric, value, attributes) => counted.get(metric)?.(value, attributes),
    stop() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}
