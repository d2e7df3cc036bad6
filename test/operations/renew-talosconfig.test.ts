import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { configurationMethods } from '../../generated/features/configuration.js';
import { system, systemMethods } from '../../generated/features/system.js';
import {
  type RenewTalosconfigOptions,
  type RenewTalosconfigStep,
  renewTalosconfig,
} from '../../src/operations/renew-talosconfig/index.js';
import type { OperationProgress } from '../../src/operations/run/progress.js';
import { createTalosClient } from '../../src/runtime/client.js';
import type { Target } from '../../src/runtime/target.js';
import { clientOptions, parseTalosconfig, readTalosconfig } from '../../src/talosconfig/index.js';
import { failureOf } from '../support/feature-calls.js';
import { type Simulation, simulation } from './support.js';

const DAY_MS = 24 * 3_600_000;

let path: string;

beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'renew-')), 'talosconfig');
});

async function started(role: 'os:admin' | 'os:reader' = 'os:admin') {
  const it = await simulation({ controlPlanes: 3 });
  await it.cluster.writeTalosconfig(path, { role });
  return it;
}

function renew(
  { cluster, parts, passing }: Simulation,
  options: RenewTalosconfigOptions = {},
  target: Target = cluster.client(),
) {
  return passing(renewTalosconfig(target, path, options, parts));
}

const issuedBy = ({ cluster }: Simulation): readonly string[] =>
  cluster.journal.of(configurationMethods.generateClientConfiguration).map(({ node }) => node);

describe('a renewal', () => {
  it('saves a certificate that works, and keeps everything else of the file', async () => {
    const it = await started();
    const other = (await readFile(path, 'utf8')).replace('contexts:', 'contexts: # mine');
    await writeFile(path, other);
    const before = parseTalosconfig(other).context();
    const result = await renew(it);
    expect(result).toMatchObject({
      path,
      context: before.name,
      renewed: true,
      roles: ['os:admin'],
    });
    const text = await readFile(path, 'utf8');
    expect(text).toContain('# mine');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const after = parseTalosconfig(text).context();
    expect(after.endpoints).toEqual(before.endpoints);
    expect(after.settings().crt).not.toBe(before.settings().crt);
    await using talos = createTalosClient(clientOptions(after));
    expect(talos.certificate?.notAfter).toEqual(result.notAfter);
    await it.passing(system(talos.node('10.5.0.2')).version());
    expect(JSON.stringify(result)).not.toContain(after.settings().key?.slice(0, 20));
    expect(issuedBy(it)).toHaveLength(1);
  });

  it('has the roles and the lifetime that are asked for', async () => {
    const it = await started('os:reader');
    const options = { roles: ['os:operator'], lifetimeMs: 2 * DAY_MS };
    const { roles, notAfter } = await renew(it, options);
    expect(roles).toEqual(['os:operator']);
    expect(Math.round((notAfter.getTime() - Date.now()) / DAY_MS)).toBe(2);
  });

  it('keeps the roles that were there', async () => {
    expect(await renew(await started('os:reader'))).toMatchObject({ roles: ['os:reader'] });
  });

  it('is left until it is time', async () => {
    const it = await started();
    const before = await readFile(path, 'utf8');
    const left = (await readTalosconfig({ path })).context();
    const { notAfter } = await renew(it, { whenLeftMs: 1000 });
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(issuedBy(it)).toEqual([]);
    const whenLeftMs = notAfter.getTime() - Date.now() + DAY_MS;
    expect(await renew(it, { whenLeftMs })).toMatchObject({ renewed: true, context: left.name });
  });

  it('comes from another control plane when one fails, and from the one that is named', async () => {
    const it = await started();
    it.cluster.node('cp-1').fail(configurationMethods.generateClientConfiguration, 'internal');
    await renew(it);
    expect(issuedBy(it).at(-1)).not.toBe('cp-1');
    await renew(it, {}, it.cluster.client().node('10.5.0.4'));
    expect(issuedBy(it).at(-1)).toBe('cp-3');
  });

  it('keeps what another process writes at the same time', async () => {
    const it = await started();
    const onProgress = async ({ type, step }: OperationProgress<RenewTalosconfigStep>) => {
      if (type !== 'step' || step !== 'issue a certificate') return;
      const text = await readFile(path, 'utf8');
      await writeFile(path, `${text}# of another process\n`);
    };
    await renew(it, { onProgress });
    expect(await readFile(path, 'utf8')).toContain('# of another process');
  });

  it.each(['before', 'after'] as const)(
    'goes on when a reply is lost %s it was made',
    async (when) => {
      const it = await started();
      for (const { name } of it.cluster.controlPlanes) {
        const lost = { when, times: 1 };
        it.cluster.node(name).drop(configurationMethods.generateClientConfiguration, lost);
      }
      expect(await renew(it)).toMatchObject({ renewed: true });
    },
  );
});

describe('the file stays as it was', () => {
  async function refused(
    it: Simulation,
    options: RenewTalosconfigOptions = {},
    target?: Target,
  ): Promise<unknown> {
    const before = await readFile(path, 'utf8');
    const error = await failureOf(renew(it, options, target));
    expect(await readFile(path, 'utf8')).toBe(before);
    return error;
  }

  it('when the new certificate does not work', async () => {
    const it = await started();
    const onProgress = ({ type, step }: OperationProgress<RenewTalosconfigStep>) => {
      if (type !== 'step' || step !== 'try the certificate') return;
      for (const node of it.cluster.nodes) node.fail(systemMethods.version, 'unavailable');
    };
    expect(await refused(it, { onProgress })).toMatchObject({ step: 'try the certificate' });
  });

  it('when the node gives another certificate than was asked for', async () => {
    const it = await started();
    const other = await simulation();
    const reply = { ca: Buffer.from('x'), crt: Buffer.from('y'), key: Buffer.from('z') };
    for (const node of it.cluster.nodes) {
      node.on(configurationMethods.generateClientConfiguration, () => reply);
    }
    expect(await refused(it)).toMatchObject({ code: 'operation', step: 'issue a certificate' });
    // A whole one, but of another cluster than the context.
    const stranger = other.cluster.client();
    const error = await other.passing(failureOf(renewTalosconfig(stranger, path, {}, other.parts)));
    expect(error.message).toContain('is of another cluster');
  });

  it('when the caller may not', async () => {
    const it = await started('os:reader');
    const error = await refused(it, {}, it.cluster.client({ role: 'os:reader' }));
    expect(error).toMatchObject({ cause: { status: 'permission-denied' } });
  });

  it('when the node is a worker', async () => {
    const it = await simulation({ workers: 1 });
    await it.cluster.writeTalosconfig(path);
    const error = await refused(it, {}, it.cluster.client().node('10.5.0.3'));
    expect(error).toMatchObject({ cause: { status: 'unimplemented' } });
  });

  it.each(['issue a certificate', 'try the certificate', 'save the talosconfig'] as const)(
    'when the caller ends it at the step %s',
    async (at) => {
      const it = await started();
      const stop = new AbortController();
      const reason = new Error('enough');
      const before = await readFile(path, 'utf8');
      const onProgress = ({ type, step }: OperationProgress<RenewTalosconfigStep>) => {
        if (type === 'step' && step === at) stop.abort(reason);
      };
      const running = renew(it, { signal: stop.signal, onProgress });
      await expect(running).rejects.toBe(reason);
      expect(await readFile(path, 'utf8')).toBe(before);
    },
  );

  it.each([
    ['context', { context: 'nosuch' }, undefined],
    ['roles', { roles: 'os:admin' }, undefined],
    ['lifetimeMs', { lifetimeMs: 0 }, 'lifetimeMs'],
    ['whenLeftMs', { whenLeftMs: -1 }, 'whenLeftMs'],
  ])('for a wrong %s', async (_name, options, field) => {
    const it = await started();
    const error = await refused(it, options as RenewTalosconfigOptions);
    expect(error).toMatchObject({ code: 'config', ...(field === undefined ? {} : { field }) });
  });

  it('for a context without a certificate', async () => {
    const it = await started();
    await writeFile(
      path,
      'context: omni\ncontexts:\n  omni:\n    endpoints: [omni.example]\n    auth:\n      siderov1:\n        identity: me@example.com\n',
    );
    expect(await refused(it)).toMatchObject({ code: 'config', field: 'contexts.omni.crt' });
  });
});
