import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simulateCluster, simulateOmni } from 'talos-client-testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run, start, temporaryFolder } from './support.js';

/** An Omni in front of a cluster, and the environment of a program that uses it. */
async function started() {
  const cluster = await simulateCluster({ controlPlanes: 1, workers: 1 });
  onTestFinished(() => cluster.close());
  const omni = await simulateOmni(cluster);
  onTestFinished(() => omni.close());
  const home = await temporaryFolder();
  const path = join(home, 'talosconfig');
  await writeFile(path, omni.talosconfig({ identity: 'anna@example.com' }), { mode: 0o600 });
  const unset = { SIDEROV1_KEYS_DIR: '', TALOS_HOME: '', XDG_DATA_HOME: '' };
  return { omni, env: { ...unset, HOME: home, TALOSCONFIG: path } };
}

const versions = [
  expect.stringMatching(/^cp-1: Talos v1\.14\.0, \d+ services$/),
  expect.stringMatching(/^worker-1: Talos v1\.14\.0, \d+ services$/),
];

describe('the example omni', () => {
  it('asks nodes with the key of a service account', async () => {
    const { omni, env } = await started();
    const SIDERO_SERVICE_ACCOUNT_KEY = omni.serviceAccount().serviceAccountKey();
    const ended = await run(['examples/omni.ts', 'cp-1', 'worker-1'], {
      ...env,
      SIDERO_SERVICE_ACCOUNT_KEY,
    });
    expect(ended).toMatchObject({ code: 0, errors: '' });
    expect(ended.output.trimEnd().split('\n')).toEqual(versions);
  });

  it('has somebody log in once, and says what Omni does not know', async () => {
    const { omni, env } = await started();
    omni.addUser('anna@example.com');
    const program = start(['examples/omni.ts', 'cp-1', 'worker-1'], env);
    const login = await omni.nextLogin();
    await program.wrote(`log in as anna@example.com: ${login.url}\n`);
    login.confirm();
    const ended = await program.ended;
    expect(ended).toMatchObject({ code: 0, errors: '' });
    expect(ended.output.trimEnd().split('\n').slice(1)).toEqual(versions);
    // The key is kept: nobody is asked again.
    const again = await run(['examples/omni.ts', 'cp-9'], env);
    expect(again.output).toBe('cp-9: not-found: node "cp-9" not found\n');
  });

  it('says how to use it', async () => {
    expect(await run(['examples/omni.ts'])).toMatchObject({
      code: 1,
      errors: expect.stringContaining('usage: omni.ts NODE ...'),
    });
  });
});
