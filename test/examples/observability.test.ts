import { expect, it } from 'vitest';
import { run } from './support.js';

it('observability: endpoints fail one after the other, and lines, spans and metrics tell', async () => {
  const { code, output, errors } = await run(['examples/observability.ts'], {});
  expect(errors).toBe('');
  expect(code).toBe(0);
  const lines = output.trimEnd().split('\n');
  const logged = lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: number; msg: string; problem?: string });
  const told = new Set(logged.map(({ level, msg }) => `${level} ${msg}`));
  expect([...told]).toEqual(
    expect.arrayContaining([
      '30 connected',
      '40 call is made again',
      '30 connection lost',
      '30 connecting failed',
      '50 endpoint cannot be used',
    ]),
  );
  expect(logged.filter(({ level }) => level === 50).map(({ problem }) => problem)).toContain(
    'untrusted',
  );
  expect(lines).toContain('all is well: 0 of 30 calls failed');
  expect(lines).toContain('an endpoint drops a connection: 0 of 30 calls failed');

  const spans = lines.indexOf('spans of the call that was made again:');
  expect(lines[spans + 1]).toBe('machine.MachineService/Version OK');
  expect(lines[spans + 2]).toMatch(/^ {2}Attempt\.machine\.MachineService\/Version UNAVAILABLE ./);
  expect(lines[spans + 3]).toMatch(/^ {2}Attempt\.machine\.MachineService\/Version OK/);

  const metrics = lines.slice(lines.indexOf('metrics:') + 1);
  const value = (start: RegExp) => Number(metrics.find((line) => start.test(line))?.split(' ')[1]);
  expect(value(/^rpc_client_call_duration_seconds_count.*"OK"/)).toBeGreaterThan(0);
  expect(value(/^talos_client_retries_total/)).toBeGreaterThan(0);
  expect(value(/^talos_client_connection_failures_total.*"untrusted"/)).toBeGreaterThan(0);
  expect(value(/^talos_client_stream_failures_total/)).toBe(1);
  expect(value(/^talos_client_certificate_expiry_timestamp_seconds/)).toBeGreaterThan(1e9);
});
