import { expect, it } from 'vitest';
import { certificateExpiry } from '../../src/operations/certificate-expiry/index.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { clientOptions, parseTalosconfig } from '../../src/talosconfig/index.js';
import { simulation } from './support.js';

const DAY_MS = 24 * 3_600_000;

it('tells of the certificates of all contexts, what runs out first before', async () => {
  const { cluster } = await simulation();
  const one = parseTalosconfig(cluster.talosconfig);
  const name = one.context().name;
  const settings = one.context().settings();
  const broken = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const config = one
    .withContext('copy', settings)
    .withContext('omni', { endpoints: ['omni.example'], identity: 'me@example.com' })
    .withContext('broken', { endpoints: ['10.0.0.2'], ca: broken });
  const found = certificateExpiry(config);
  expect(found.map(({ context, kind, state }) => [context, kind, state])).toEqual([
    ['broken', 'ca', 'unreadable'],
    [name, 'client', 'valid'],
    ['copy', 'client', 'valid'],
    [name, 'ca', 'valid'],
    ['copy', 'ca', 'valid'],
  ]);
  expect(found[1]).toMatchObject({ subject: 'O=os:admin' });
  expect(JSON.stringify(found)).not.toContain(settings.crt?.slice(0, 30));
});

it('warns 30 days ahead, or when it is told to', async () => {
  const { cluster } = await simulation();
  const config = parseTalosconfig(cluster.talosconfig);
  const end = certificateExpiry(config)[0]?.notAfter?.getTime() ?? 0;
  const stateAt = (now: number, warnMs?: number) =>
    certificateExpiry(config, { now, warnMs }).find(({ kind }) => kind === 'client')?.state;
  expect(stateAt(end - 30 * DAY_MS)).toBe('valid');
  expect(stateAt(end - 30 * DAY_MS + 1)).toBe('expiring');
  expect(stateAt(end - 30 * DAY_MS + 1, DAY_MS)).toBe('valid');
  expect(stateAt(end)).toBe('expiring');
  expect(stateAt(end + 1)).toBe('expired');
  expect(stateAt(0)).toBe('not-yet-valid');
});

it('tells of the certificate of a client', async () => {
  const { cluster } = await simulation();
  const context = parseTalosconfig(cluster.talosconfig).context();
  await using talos = createTalosClient(clientOptions(context));
  const [only, ...others] = certificateExpiry(talos);
  expect(only).toMatchObject({ context: undefined, kind: 'client', state: 'valid' });
  expect(others).toEqual([]);
});

it.each([
  [undefined, {}, 'source'],
  ['~/.talos/config', {}, 'source'],
  [parseTalosconfig('contexts: {}'), { warnMs: -1 }, 'warnMs'],
  [parseTalosconfig('contexts: {}'), { warnDays: 30 }, 'warnDays'],
])('refuses %s with %j', (source, options, field) => {
  const run = () => certificateExpiry(source as never, options as never);
  expect(run).toThrow(expect.objectContaining({ code: 'config', field }));
});
