import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  type SpanKind,
  trace,
} from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { onTestFinished } from 'vitest';
import {
  type OpenTelemetryOptions,
  openTelemetry,
} from '../../src/observability/opentelemetry/index.js';

/** What a sampler is asked, which is what it can decide by. */
export interface Asked {
  readonly name: string;
  readonly attributes: Attributes;
}

class Asking implements Sampler {
  readonly asked: Asked[] = [];

  shouldSample(
    _: Context,
    __: string,
    name: string,
    ___: SpanKind,
    attributes: Attributes,
    ____: Link[],
  ) {
    this.asked.push({ name, attributes: { ...attributes } });
    return { decision: SamplingDecision.RECORD_AND_SAMPLED };
  }
}

/** The real SDK for spans, the provider of the process until the test ends. */
export function traced(options: OpenTelemetryOptions = {}) {
  const exporter = new InMemorySpanExporter();
  const sampler = new Asking();
  const provider = new NodeTracerProvider({
    sampler,
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  for (const api of [trace, context, propagation]) api.disable();
  provider.register();
  const telemetry = openTelemetry({ meterProvider: false, ...options });
  onTestFinished(async () => {
    telemetry.stop();
    await provider.shutdown();
  });
  return {
    telemetry,
    tracer: provider.getTracer('test'),
    asked: sampler.asked,
    get spans(): readonly ReadableSpan[] {
      return exporter.getFinishedSpans();
    },
    /** The spans of calls. */
    get calls(): readonly ReadableSpan[] {
      return exporter
        .getFinishedSpans()
        .filter(({ name }) => /^(?!Attempt)[\w.]+\/\w+$/.test(name));
    },
    get attempts(): readonly ReadableSpan[] {
      return exporter.getFinishedSpans().filter(({ name }) => name.startsWith('Attempt.'));
    },
  };
}

/** The real SDK for metrics. */
export function measured(options: OpenTelemetryOptions = {}) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const telemetry = openTelemetry({
    tracerProvider: false,
    meterProvider: provider,
    ...options,
  });
  onTestFinished(async () => {
    telemetry.stop();
    await provider.shutdown();
  });
  return {
    telemetry,
    provider,
    /** The metrics as they are now, by name. */
    async read(): Promise<ReadonlyMap<string, MetricData>> {
      exporter.reset();
      await provider.forceFlush();
      const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
      return new Map(
        scopes.flatMap(({ metrics }) => metrics.map((each) => [each.descriptor.name, each])),
      );
    },
  };
}

/** The points of a counter or gauge: attributes and value. */
export function pointsOf(data: MetricData | undefined): [Attributes, number][] {
  return ((data?.dataPoints as DataPoint<number>[] | undefined) ?? []).map((point) => [
    point.attributes,
    point.value,
  ]);
}

/** The points of a histogram. */
export function histogramsOf(data: MetricData | undefined): readonly DataPoint<Histogram>[] {
  return (data?.dataPoints ?? []) as DataPoint<Histogram>[];
}
