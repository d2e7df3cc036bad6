import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/**
 * Runs the hooks of many calls in a process of its own, and gives how often it collected garbage
 * meanwhile. An object per call, of whatever size, fills the young generation dozens of times.
 */
async function collections(subscribed: boolean): Promise<number> {
  const program = `
    import { PerformanceObserver } from 'node:perf_hooks';
    import { subscribe } from './src/runtime/diagnostics/index.js';
    import { ClientTrace } from './src/runtime/diagnostics/client-trace.js';
    if (${subscribed}) subscribe({ callEnded() {} });
    const facts = { name: undefined, endpoints: ['a:1'], credentials: { certificate: undefined } };
    const client = new ClientTrace(facts, () => 0);
    const endpoint = client.endpoint('a:1');
    const method = { path: '/a.B/C', kind: 'unary', idempotency: 'read' };
    const open = { call: { method, metadata: {} }, follows: false };
    const connection = {};
    const certificate = {};
    const error = new Error('x');
    function calls(count) {
      for (let index = 0; index < count; index += 1) {
        const trace = client.call(open);
        trace?.attempted('a:1');
        trace?.wrote(1);
        trace?.heard(1);
        trace?.retried(error, 0);
        trace?.ended(undefined, false);
        endpoint.connecting();
        endpoint.ready(connection);
        endpoint.lost(connection, undefined);
        endpoint.closed(connection);
        endpoint.ejected(1, 1, undefined);
        endpoint.probing();
        endpoint.readmitted();
        client.certificateExpires(certificate, 1);
      }
    }
    calls(20_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
    let seen = 0;
    const observer = new PerformanceObserver((list) => { seen += list.getEntries().length; });
    observer.observe({ entryTypes: ['gc'] });
    calls(2_000_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen += observer.takeRecords().length;
    console.log(seen);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

it('nothing is allocated for a call that nobody watches', async () => {
  expect(await collections(false)).toBeLessThanOrEqual(1);
});

it('and the measure would show a call that is watched', async () => {
  expect(await collections(true)).toBeGreaterThan(20);
});
