import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { AnyRegistry } from '../../src/observability/prometheus/index.js';
import { type Family, parseExposition, type Sample } from './exposition.js';

/** A registry behind HTTP, as Prometheus finds it. */
export async function scraped(registry: AnyRegistry) {
  const server = createServer((_, response) => {
    void registry.metrics().then((text) => {
      response.setHeader('content-type', registry.contentType).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return async (): Promise<Scrape> => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    return new Scrape(parseExposition(await response.text()));
  };
}

/** What one scrape gave. */
export class Scrape {
  readonly families: ReadonlyMap<string, Family>;

  constructor(families: ReadonlyMap<string, Family>) {
    this.families = families;
  }

  /** The samples of a name with these labels. */
  all(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    const samples = [...this.families.values()].flatMap((family) => family.samples);
    return samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([key, value]) => (sample.labels[key] ?? '') === value),
    );
  }

  /** The sum of the samples of a name with these labels; absent when there are none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const samples = this.all(name, labels);
    return samples.length === 0 ? undefined : samples.reduce((sum, { value }) => sum + value, 0);
  }
}
