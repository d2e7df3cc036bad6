import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { system } from '../../generated/features/system.js';
import { createTalosClient } from '../../src/runtime/client.js';
import {
  liveTalosconfig,
  parseTalosconfig,
  watchTalosconfig,
} from '../../src/talosconfig/index.js';
import { cleanUp, deferred, rejection } from '../support/lifecycle.js';
import { startCluster } from '../testkit/support.js';

const later = cleanUp(afterEach);

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'talos-client-'));
  later(() => rm(path, { recursive: true }));
  return path;
}

/** A client that is told to reload, and notes how often. */
function client() {
  const state = { reloads: 0, fails: undefined as Error | undefined };
  const reload = async () => {
    state.reloads += 1;
    if (state.fails !== undefined) throw state.fails;
  };
  return { state, talos: { reload } };
}

const text = (endpoint: string) =>
  parseTalosconfig('')
    .withContext('lab', { endpoints: [endpoint] })
    .withCurrentContext('lab')
    .toYaml();

/** Watches a file that is looked at when its folder changes, and once an hour. */
async function watched(path: string, everyMs = 3_600_000) {
  const { state, talos } = client();
  const errors: unknown[] = [];
  const watch = await watchTalosconfig(talos, {
    path,
    everyMs,
    onError: (error) => void errors.push(error),
  });
  later(() => watch.close());
  return { state, errors, watch };
}

describe('a talosconfig that is watched', () => {
  it('has the client reload when it is written', async () => {
    const path = join(await folder(), 'config');
    await writeFile(path, text('10.0.0.2'));
    const { state, watch } = await watched(path);
    expect(watch.path).toBe(path);
    await writeFile(path, text('10.0.0.3'));
    await expect.poll(() => state.reloads, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
  });

  it('has it reload when another file takes its place', async () => {
    const home = await folder();
    const path = join(home, 'config');
    await writeFile(path, text('10.0.0.2'));
    const { state } = await watched(path);
    await writeFile(join(home, 'new'), text('10.0.0.3'));
    await rename(join(home, 'new'), path);
    await expect.poll(() => state.reloads, { timeout: 10_000 }).toBe(1);
  });

  it('has it reload when a link on the way changes, as in secrets of Kubernetes', async () => {
    const home = await folder();
    for (const [version, endpoint] of [
      ['one', '10.0.0.2'],
      ['two', '10.0.0.3'],
    ] as const) {
      await mkdir(join(home, version));
      await writeFile(join(home, version, 'config'), text(endpoint));
    }
    await symlink('one', join(home, '..data'));
    await symlink(join('..data', 'config'), join(home, 'config'));
    const { state } = await watched(join(home, 'config'));
    await symlink('two', join(home, '..data_tmp'));
    await rename(join(home, '..data_tmp'), join(home, '..data'));
    await expect.poll(() => state.reloads, { timeout: 10_000 }).toBe(1);
  });

  it('is looked at now and then, where the file system says nothing', async () => {
    const [home, elsewhere] = [await folder(), await folder()];
    await writeFile(join(elsewhere, 'config'), text('10.0.0.2'));
    await symlink(join(elsewhere, 'config'), join(home, 'config'));
    const { state } = await watched(join(home, 'config'), 20);
    await writeFile(join(elsewhere, 'config'), text('10.0.0.3'));
    await expect.poll(() => state.reloads, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
  });

  it('is taken later when the client cannot take it yet, and says so meanwhile', async () => {
    const path = join(await folder(), 'config');
    await writeFile(path, text('10.0.0.2'));
    const { state, errors } = await watched(path, 20);
    state.fails = new Error('half of it');
    await writeFile(path, text('10.0.0.3'));
    await expect.poll(() => errors, { timeout: 10_000 }).toContain(state.fails);
    state.fails = undefined;
    const before = state.reloads;
    await expect.poll(() => state.reloads, { timeout: 10_000 }).toBe(before + 1);
  });

  it('that is gone is an error, and the client goes on', async () => {
    const path = join(await folder(), 'config');
    await writeFile(path, text('10.0.0.2'));
    const { state, errors } = await watched(path, 20);
    await rm(path);
    await expect
      .poll(() => errors[0], { timeout: 10_000 })
      .toMatchObject({ code: 'config', cause: { code: 'ENOENT' } });
    expect(state.reloads).toBe(0);
  });

  it('warns the process when nobody else is told, without showing a secret', async () => {
    const path = join(await folder(), 'config');
    await writeFile(path, text('10.0.0.2'));
    const warned = deferred<unknown>();
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation((message) => {
      warned.resolve(message);
    });
    later(() => emit.mockRestore());
    const { state, talos } = client();
    state.fails = new Error('no');
    using _ = await watchTalosconfig(talos, { path, everyMs: 20 });
    await writeFile(path, text('10.0.0.3'));
    expect(await warned.promise).toBe('the talosconfig changed, and cannot be used: no');
  });

  it('is not looked at after the watch was closed', async () => {
    const path = join(await folder(), 'config');
    await writeFile(path, text('10.0.0.2'));
    const { state, watch } = await watched(path);
    const other = await watched(path);
    watch.close();
    await writeFile(path, text('10.0.0.3'));
    await expect.poll(() => other.state.reloads, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
    expect(state.reloads).toBe(0);
  });

  it('needs a client, a file and options that make sense', async () => {
    const path = join(await folder(), 'config');
    const { talos } = client();
    expect(await rejection(watchTalosconfig({} as never))).toMatchObject({ field: 'talos' });
    expect(await rejection(watchTalosconfig(talos, { path }))).toMatchObject({ code: 'config' });
    expect(await rejection(watchTalosconfig(talos, { path, everyMs: 0 }))).toMatchObject({
      field: 'everyMs',
    });
  });
});

it('a client follows its talosconfig to another endpoint', async () => {
  const cluster = await startCluster({ controlPlanes: 2, transport: 'tls' });
  const path = join(await folder(), 'config');
  const to = (endpoint: string) => {
    const config = parseTalosconfig(cluster.talosconfig);
    return config
      .withUpdatedContext(config.currentContext as string, { endpoints: [endpoint] })
      .toYaml();
  };
  await writeFile(path, to(cluster.node('cp-1').endpoint), { mode: 0o600 });
  await using talos = createTalosClient(await liveTalosconfig({ path }));
  expect((await system(talos).hostname()).hostname).toBe('cp-1');
  const reloaded = deferred();
  using _ = await watchTalosconfig(talos, { path, onReload: () => reloaded.resolve() });
  await writeFile(path, to(cluster.node('cp-2').endpoint), { mode: 0o600 });
  await reloaded.promise;
  expect((await system(talos).hostname()).hostname).toBe('cp-2');
});
