// Measures what it costs to watch calls: calls that nobody watches, and those that somebody does, in
// turn, on one simulated cluster in memory. Run: npm run bench:observability
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-node';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { subscribe } from 'talos-client/diagnostics';
import { logging } from 'talos-client/logging';
import { openTelemetry } from 'talos-client/opentelemetry';
import { prometheus } from 'talos-client/prometheus';
import { system } from 'talos-client/system';
import { simulateCluster } from 'talos-client-testkit';
import { ClientTrace } from '../../src/runtime/diagnostics/client-trace.js';
import type { AnyCall } from '../../src/runtime/transport.js';

const rounds = 9;
const calls = 2000;

await using cluster = await simulateCluster();
await using talos = cluster.client();
const metrics = new MeterProvider({
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
      exportIntervalMillis: 3_600_000,
    }),
  ],
});
const nothing = () => {};

/** Who watches → begins to, and gives what ends it. */
const watchers: Readonly<Record<string, () => { stop(): void }>> = {
  nobody: () => ({ stop: nothing }),
  'diagnostics: all functions, empty': () =>
    subscribe({
      callStarted: nothing,
      callAnswered: nothing,
      callEnded: nothing,
      attempt: nothing,
      retry: nothing,
      connection: nothing,
      ejection: nothing,
    }),
  'logging, pino at its level info': () =>
    logging({ logger: pino({ level: 'info' }, { write: nothing }) }),
  'logging, pino at its level debug': () =>
    logging({ logger: pino({ level: 'debug' }, { write: nothing }) }),
  prometheus: () => prometheus({ registry: new Registry() }),
  'opentelemetry, metrics': () => openTelemetry({ tracerProvider: false, meterProvider: metrics }),
  'opentelemetry, spans': () =>
    openTelemetry({ tracerProvider: new BasicTracerProvider(), meterProvider: false }),
};

/** Microseconds of processor time for a call. */
async function measured(): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < calls; count += 1) await system(talos).version();
  const { user, system: kernel } = process.cpuUsage(before);
  return (user + kernel) / calls;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const times = new Map<string, number[]>(Object.keys(watchers).map((name) => [name, []]));
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, watch] of Object.entries(watchers)) {
    const watching = watch();
    const time = await measured();
    watching.stop();
    // Round 0 warms up.
    if (round > 0) times.get(name)?.push(time);
  }
}
await metrics.shutdown();

/** Nanoseconds of processor time that all checks of a call and its connection take when nobody watches. */
function checks(): number {
  const facts = { name: undefined, endpoints: ['a:1'], credentials: { certificate: undefined } };
  const client = new ClientTrace(facts, () => 0);
  const endpoint = client.endpoint('a:1');
  const open = { call: {} as AnyCall, follows: false };
  const connection = {};
  const count = 5_000_000;
  let before = process.cpuUsage();
  for (let round = 0; round < 2; round += 1) {
    before = process.cpuUsage();
    for (let index = 0; index < count; index += 1) {
      if (client.call(open) !== undefined) throw new Error('somebody watches');
      endpoint.ready(connection);
    }
  }
  return (process.cpuUsage(before).user * 1000) / count;
}

const base = times.get('nobody') ?? [];
console.log('| who watches | µs of CPU a call | x nobody | best x best |\n|---|---:|---:|---:|');
for (const [name, list] of times) {
  const ratio = median(list.map((time, round) => time / (base[round] ?? Number.NaN)));
  const best = Math.min(...list) / Math.min(...base);
  console.log(
    `| ${name} | ${median(list).toFixed(1)} | ${ratio.toFixed(2)} | ${best.toFixed(2)} |`,
  );
}
console.log(
  `\nchecks of a call and of a connection that nobody watches: ${checks().toFixed(1)} ns`,
);
