import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type SimulatedCluster,
  type SimulatedOmni,
  simulateCluster,
  simulateOmni,
} from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { system } from '../../../generated/features/system.js';
import { createTalosClient } from '../../../src/index.js';
import { readSigningKey } from '../../../src/siderov1/openpgp/read-key.js';
import { loadTalosconfig } from '../../../src/talosconfig/index.js';
import { GoClient, GoFailure, type Message } from '../support/go-client.js';

let cluster: SimulatedCluster;
let omni: SimulatedOmni;

beforeAll(async () => {
  cluster = await simulateCluster({ controlPlanes: 1, workers: 1 });
  omni = await simulateOmni(cluster);
});
afterAll(async () => {
  await omni?.close();
  await cluster?.close();
});

interface Versions {
  readonly messages: readonly { readonly version: { readonly tag: string } }[];
}

/** The official client with a talosconfig of Omni. */
async function client(env: Readonly<Record<string, string>>): Promise<GoClient> {
  const go = new GoClient(env);
  onTestFinished(() => go[Symbol.asyncDispose]());
  await go.connect(omni.talosconfig({ identity: 'anna@example.com' }));
  return go;
}

async function tagOf(go: GoClient, node: string): Promise<string | undefined> {
  const { value } = await go.call<Message<Versions>>('Version', [], { node });
  return value.messages[0]?.version.tag;
}

describe('the official client, before the simulated Omni', () => {
  test('signs with a service account of this library, and is taken', async () => {
    const key = omni.serviceAccount();
    const go = await client({ SIDERO_SERVICE_ACCOUNT_KEY: key.serviceAccountKey() });
    for (const node of ['cp-1', '10.5.0.3']) expect(await tagOf(go, node)).toBe('v1.14.0');
    expect(omni.calls.at(-1)).toEqual({
      rpc: 'machine.MachineService/Version',
      identity: key.identity,
      fingerprint: key.fingerprint,
      problem: undefined,
    });
    expect(cluster.journal.calls.at(-1)).toMatchObject({
      endpoint: 'omni',
      roles: ['os:operator'],
    });
  });

  test('is refused with a key that was revoked, and by a clock that is off', async () => {
    const key = omni.serviceAccount();
    const go = await client({ OMNI_SERVICE_ACCOUNT_KEY: key.serviceAccountKey() });
    omni.clockSkewMs = 310_000;
    await expect(tagOf(go, 'cp-1')).rejects.toMatchObject({ code: 'Unauthenticated' });
    omni.clockSkewMs = 0;
    expect(await tagOf(go, 'cp-1')).toBe('v1.14.0');
    omni.revoke(key.fingerprint);
    await expect(tagOf(go, 'cp-1')).rejects.toBeInstanceOf(GoFailure);
    expect(omni.calls.at(-1)?.problem).toBe('the key is not known');
  });

  test('logs in, and shares its key file with this library', async () => {
    omni.addUser('anna@example.com');
    const home = mkdtempSync(join(tmpdir(), 'talos-interop-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const env = { HOME: home, TALOS_HOME: join(home, 'talos'), BROWSER: 'echo' };
    const go = await client(env);
    const asked = tagOf(go, 'cp-1');
    (await omni.nextLogin()).confirm();
    expect(await asked).toBe('v1.14.0');
    const path = join(home, 'talos', 'keys', 'omni-anna@example.com.pgp');
    const { fingerprint } = readSigningKey(readFileSync(path, 'utf8'));
    expect(omni.calls.at(-1)).toMatchObject({ fingerprint, problem: undefined });

    const config = join(home, 'config');
    writeFileSync(config, omni.talosconfig({ identity: 'anna@example.com' }), { mode: 0o600 });
    const options = await loadTalosconfig({ env: { ...env, TALOSCONFIG: config } });
    await using talos = createTalosClient(options);
    expect((await system(talos.node('worker-1')).hostname()).hostname).toBe('worker-1');
    expect(omni.calls.at(-1)).toMatchObject({ fingerprint, problem: undefined });
  });

  test('takes the key file of a login of this library', async () => {
    omni.addUser('anna@example.com');
    const home = mkdtempSync(join(tmpdir(), 'talos-interop-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const env = { HOME: home, TALOS_HOME: join(home, 'talos'), BROWSER: 'echo' };
    const config = join(home, 'config');
    writeFileSync(config, omni.talosconfig({ identity: 'anna@example.com' }), { mode: 0o600 });
    const login = ({ url }: { readonly url: string }) => omni.confirm(url);
    const options = await loadTalosconfig({
      env: { ...env, TALOSCONFIG: config },
      siderov1: { login },
    });
    await using talos = createTalosClient(options);
    await system(talos.node('cp-1')).hostname();
    const ours = omni.calls.at(-1)?.fingerprint;
    const go = await client(env);
    expect(await tagOf(go, 'cp-1')).toBe('v1.14.0');
    expect(omni.calls.at(-1)?.fingerprint).toBe(ours);
  });
});
