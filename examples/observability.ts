// Watches a program whose endpoints fail, one after the other: lines by pino, spans of the SDK of
// OpenTelemetry, and metrics that are scraped over HTTP, as Prometheus does.
// Run: npx tsx examples/observability.ts
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { events } from 'talos-client/events';
import { logging } from 'talos-client/logging';
import { openTelemetry } from 'talos-client/opentelemetry';
import { prometheus } from 'talos-client/prometheus';
import { system, systemMethods } from 'talos-client/system';
import { simulateCluster } from 'talos-client-testkit';

// A real program exports its spans to a collector, and has its SDK started elsewhere.
const exported = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exported)] });
provider.register();
const tracer = provider.getTracer('example');
const registry = new Registry();

using _lines = logging({ logger: pino({ base: null, timestamp: false }) });
using _spans = openTelemetry();
using _metrics = prometheus({ registry });

await using cluster = await simulateCluster({ controlPlanes: 3, workers: 2, transport: 'tls' });
const [first, second, third] = ['cp-1', 'cp-2', 'cp-3'].map((name) => cluster.node(name));
await using talos = cluster.client();

/** Asks all nodes until their endpoints had their turns; says how many did not answer. */
async function round(title: string): Promise<void> {
  await tracer.startActiveSpan(title, async (span) => {
    let failed = 0;
    for (let time = 0; time < 6; time += 1) {
      const results = await talos.nodes().each((node) => system(node).version());
      failed += results.filter(({ ok }) => !ok).length;
    }
    span.end();
    console.log(`${title}: ${failed} of ${6 * cluster.nodes.length} calls failed`);
  });
}

// A stream that follows: its span ends with its first reply, long before the stream does.
const watching = (async () => {
  for await (const _ of events(talos.node(cluster.node('worker-1').address)).watch());
})().catch(() => {});

await round('all is well');

first?.drop(systemMethods.version, { times: 1 });
await system(talos).version();
for (let time = 0; time < 3; time += 1) await system(talos).version();
await round('an endpoint drops a connection');

second?.refuse();
await second?.goAway();
await round('an endpoint is gone');

third?.useCertificate('wrong-ca');
await third?.goAway();
await round('an endpoint has a certificate that nobody trusts');

cluster.node('worker-1').kill();
await watching;

console.log('\nspans of the call that was made again:');
for (const span of repeated(exported.getFinishedSpans())) console.log(span);

console.log('\nmetrics:');
const server = createServer(async (_, response) => {
  response.setHeader('content-type', registry.contentType).end(await registry.metrics());
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const scraped = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
server.close();
server.closeAllConnections();
const shown = scraped.split('\n').filter((line) => /^(talos_|.*_count)/.test(line));
console.log(shown.join('\n'));
await provider.shutdown();

/** The span of a call with several attempts, and those below it. */
function* repeated(spans: readonly ReadableSpan[]): Iterable<string> {
  const call = spans.find(({ attributes }) => attributes['talos.rpc.attempts'] !== undefined);
  if (call === undefined) return;
  yield `${call.name} ${call.attributes['rpc.status_code']}`;
  for (const span of spans) {
    if (span.parentSpanContext?.spanId !== call.spanContext().spanId) continue;
    yield `  ${span.name} ${span.attributes['rpc.status_code']} ${span.status.message ?? ''}`;
  }
}
