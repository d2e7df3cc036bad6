import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { events, eventsMethods } from '../../generated/features/events.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { type Metric, metrics } from '../../src/observability/metrics/definitions.js';
import { prometheus } from '../../src/observability/prometheus/index.js';
import { labelOf, prometheusName } from '../../src/observability/prometheus/recorder.js';
import { breakers, ejections } from '../../src/runtime/diagnostics/channels.js';
import { collected, failure, startCluster } from '../testkit/support.js';
import { type Scrape, scraped } from './scrape.js';

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly refId: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly Target[];
}

interface Variable {
  readonly name: string;
  readonly definition?: string;
}

const dashboard = JSON.parse(readFileSync('dashboards/talos-client.json', 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};
const variables = dashboard.templating.list;
const targets = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ title, ...target })),
);

/** A metric that an expression reads, with the labels that it asks for. */
interface Read {
  readonly name: string;
  readonly labels: readonly string[];
}

/** The metrics of an expression. Everything else in it is a function, a keyword or a number. */
function readsOf(expr: string): readonly Read[] {
  const wanted = [...expr.matchAll(/\bby \(([^)]*)\)|^label_values\(.*, (\w+)\)$/g)].flatMap(
    ([, list, label = '']) => list?.split(', ') ?? [label],
  );
  const found = expr.matchAll(/\b((?:rpc|talos)_\w+)(?:\{([^}]*)\})?/g);
  return [...found].flatMap(([, name = '', selector = '']) => {
    if (wanted.includes(name)) return [];
    const asked = [...selector.matchAll(/(\w+)[=!]~?"/g)].map(([, label = '']) => label);
    return [{ name, labels: [...asked, ...wanted] }];
  });
}

/** A scrape in which every metric has values, as all of it happened. */
async function eventful(): Promise<Scrape> {
  const registry = new Registry();
  const watching = prometheus({ registry });
  onTestFinished(() => watching.stop());
  const cluster = await startCluster({ controlPlanes: 2 });
  const talos = cluster.client({ endpoint: 'cp-1' });
  cluster.node('cp-1').drop(systemMethods.version, { times: 1 });
  await system(talos).version();
  cluster.node('cp-1').fail(systemMethods.hostname, 'unknown');
  await failure(system(talos).hostname());
  cluster.node('cp-1').drop(eventsMethods.watch, { times: 1, when: { replies: 1 } });
  await failure(collected(events(talos).watch({ tailEvents: -1 })));
  const open = events(talos).watch({ tailEvents: -1 });
  onTestFinished(() => open.cancel());
  await open.next();
  cluster.node('cp-2').refuse();
  await failure(system(cluster.client({ endpoint: 'cp-2', timeoutMs: 1000 })).version());
  const client = { name: undefined, endpoints: [...talos.endpoints], certificate: undefined };
  const endpoint = talos.endpoints[0];
  ejections.publish({
    client,
    endpoint,
    state: 'ejected',
    forMs: 1,
    failures: 3,
    error: undefined,
  });
  breakers.publish({ client, node: '10.5.0.3', state: 'open', forMs: 1, error: undefined });
  return (await scraped(registry))();
}

describe('the dashboard', () => {
  it('reads metrics that there are, by labels that they have', async () => {
    const scrape = await eventful();
    const reads = [
      ...targets.map(({ title, expr }) => ({ title, expr })),
      ...variables.map(({ name, definition = '' }) => ({ title: name, expr: definition })),
    ].flatMap(({ title, expr }) => readsOf(expr).map((read) => ({ title, ...read })));
    expect(reads.length).toBeGreaterThan(20);
    for (const { title, name, labels } of reads) {
      const samples = scrape.all(name);
      expect(samples.length, `${title}: ${name}`).toBeGreaterThan(0);
      const known = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
      for (const label of labels) expect([...known], `${title}: ${name}`).toContain(label);
    }
  });

  it('shows every metric', () => {
    const shown = new Set(targets.flatMap(({ expr }) => readsOf(expr).map(({ name }) => name)));
    for (const metric of Object.values<Metric>(metrics)) {
      const name = prometheusName(metric);
      const names = metric.kind === 'histogram' ? [`${name}_bucket`, `${name}_count`] : [name];
      for (const each of names) expect([...shown]).toContain(each);
    }
  });

  it('has legends and variables that there are', () => {
    const known = [...variables.map(({ name }) => name), '__rate_interval'];
    for (const { expr, legendFormat, title } of targets) {
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
        list.split(', '),
      );
      const own = Object.values<Metric>(metrics)
        .filter((metric) => expr.includes(prometheusName(metric)))
        .flatMap(({ attributes }) => attributes.map(labelOf));
      const labels = grouped.length > 0 ? grouped : own;
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        expect(labels, title).toContain(label);
      }
      for (const [, name] of expr.matchAll(/\$(\w+)/g)) expect(known, title).toContain(name);
      const depth = [...expr].reduce(
        (sum, char) => sum + (char === '(' ? 1 : char === ')' ? -1 : 0),
        0,
      );
      expect(depth, title).toBe(0);
    }
  });

  it('has panels that do not cover each other, each with a number of its own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [index, one] of panels.entries()) {
      expect(one.gridPos.x + one.gridPos.w).toBeLessThanOrEqual(24);
      for (const other of panels.slice(index + 1)) {
        const [a, b] = [one.gridPos, other.gridPos];
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart, `${one.title} and ${other.title}`).toBe(true);
      }
    }
  });
});

it('the page lists every metric with its names and labels', () => {
  const page = readFileSync('docs/observability.md', 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| `([\w.]+)` \| ([^|]+) \|/gm)];
  const listed = rows.map(([, name, other, labels = '']) => [
    name,
    other,
    [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(),
  ]);
  const defined = Object.values<Metric>(metrics).map((metric) => [
    prometheusName(metric),
    metric.name,
    metric.attributes.map(labelOf).sort(),
  ]);
  expect(listed).toEqual(defined);
});
