import { expect, it } from 'vitest';
import { configuration } from '../../../generated/features/configuration.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { config } from '../../../testkit/src/topics/config/config.js';
import { startCluster } from '../support.js';

/** A control plane whose configurations are tried, under its host name in them. */
async function started() {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock });
  const node = cluster.node('cp-1');
  const talos = cluster.client({ timeoutMs: 'none' });
  const tryName = async (hostname: string, seconds: bigint) => {
    const text = cluster.machineConfig({ type: 'controlplane', hostname });
    const tryModeTimeout = { seconds, nanos: 0 };
    const reply = configuration(talos).apply({
      data: Buffer.from(text),
      mode: 'TRY',
      tryModeTimeout,
    });
    await clock.advance(100);
    await reply;
    expect(node.name).toBe(hostname);
  };
  return { clock, node, talos, tryName };
}

// Talos: mode TRY goes back to what was in force when it was asked for.
it('a configuration tried upon another goes back to that one, which then stays', async () => {
  const { clock, node, tryName } = await started();
  await tryName('first', 60n);
  await clock.advance(30_000);
  await tryName('second', 60n);
  await clock.advance(30_000);
  expect(node.name).toBe('second');
  await clock.advance(30_000);
  expect(node.name).toBe('first');
  expect(node.machine.state(config).isTrying).toBe(false);
  await clock.advance(3_600_000);
  expect(node.name).toBe('first');
});

it('a boot takes the configuration on disk, and nothing is reverted after it', async () => {
  const { clock, node, talos, tryName } = await started();
  const before = node.machine.state(config).persistent;
  await tryName('tried', 600n);
  await lifecycle(talos).reboot({ mode: 'DEFAULT' });
  await clock.advance(300_000);
  expect([node.stage, node.machine.boots]).toEqual(['RUNNING', 2]);
  const state = node.machine.state(config);
  expect([state.active, state.isTrying]).toEqual([before, false]);
});
