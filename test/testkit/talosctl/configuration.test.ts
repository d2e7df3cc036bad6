import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configuration } from '../../../generated/features/configuration.js';
import { resources } from '../../../generated/features/resources.js';
import { system } from '../../../generated/features/system.js';
import {
  formatMachineConfig,
  parseMachineConfig,
  patchMachineConfig,
} from '../../../src/machine-config/index.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import type { Target } from '../../../src/runtime/target.js';
import { startCluster } from '../support.js';
import { resolved } from './support.js';

/** How talosctl gets the configuration of a node: by a name that it looks up first. */
async function configOf(target: Target, name = 'mc'): Promise<{ text: string; version: string }> {
  await system(target).version();
  const { type, namespace } = await resolved(target, name);
  expect([type, namespace]).toEqual(['MachineConfigs.config.talos.dev', 'config']);
  const { resource } = await resources(target).get({ namespace, type, id: 'v1alpha1' });
  expect(resource?.metadata?.annotations).toEqual({ 'talos.dev/yaml-spec': '1' });
  const text: unknown = parse(resource?.spec?.yamlSpec ?? '');
  return { text: String(text), version: `${resource?.metadata?.version}` };
}

function apply(
  target: Target,
  text: string,
  more: { dryRun?: boolean; mode?: 'AUTO' | 'TRY' } = {},
) {
  return configuration(target).apply({
    data: Buffer.from(text),
    mode: 'AUTO',
    tryModeTimeout: { seconds: 60n, nanos: 0 },
    ...more,
  });
}

const patch = 'machine:\n  sysctls:\n    vm.swappiness: "10"\n';

// cmd/talosctl/cmd/talos/patch.go of v1.14.0-rc.1.
describe.each(['v1.14.0', 'v1.13.0', 'v1.9.0'])('talosctl patch mc, on %s', (talosVersion) => {
  it.each(['controlplane', 'worker'] as const)(
    'patches the configuration of a %s, and applies all of it',
    async (type) => {
      const cluster = await startCluster({ workers: 1, talosVersion });
      const node = cluster.node(type === 'worker' ? 'worker-1' : 'cp-1');
      const target = cluster.client().node(node.address);
      const { text, version } = await configOf(target);
      const config = parseMachineConfig(text, { talos: talosVersion });
      const patched = formatMachineConfig(patchMachineConfig(config, [patch]));
      const dry = await apply(target, patched, { dryRun: true });
      expect(dry.modeDetails).toMatch(
        /^Dry run summary:\nApplied configuration without a reboot \(skipped in dry-run\)\.\nConfig diff:\n\n--- a\n\+\+\+ b\n@@ /,
      );
      expect(dry.modeDetails).toContain('+        vm.swappiness: "10"');
      expect((await configOf(target)).version).toBe(version);
      const reply = await apply(target, patched);
      expect(reply).toMatchObject({
        mode: 'NO_REBOOT',
        modeDetails: 'Applied configuration without a reboot',
      });
      const after = await configOf(target, 'machineconfig');
      expect([after.text, after.version === version]).toEqual([patched, false]);
      expect(node.stage).toBe('RUNNING');
    },
  );

  it('sends a configuration that did not change, too, which changes nothing', async () => {
    const cluster = await startCluster({ talosVersion });
    const target = cluster.client().node('10.5.0.2');
    const { text } = await configOf(target);
    const same = formatMachineConfig(parseMachineConfig(text, { talos: talosVersion }));
    expect((await apply(target, same, { dryRun: true })).modeDetails).toMatch(
      /Config diff:\n\nNo changes\.$/,
    );
    expect(await apply(target, same)).toMatchObject({ mode: 'NO_REBOOT' });
  });
});

// cmd/talosctl/cmd/talos/edit.go of v1.14.0-rc.1.
describe('talosctl edit mc', () => {
  it('applies what the editor leaves, with its comments but the first', async () => {
    const cluster = await startCluster();
    const target = cluster.client().node('10.5.0.2');
    const { text } = await configOf(target);
    const edited = `# mine\n${text.replace('debug: false', 'debug: true # for a while')}`;
    await apply(target, edited);
    expect((await configOf(target)).text).toBe(edited);
  });

  it('asks again when the node refuses it: nothing of it is in force', async () => {
    const cluster = await startCluster();
    const target = cluster.client().node('10.5.0.2');
    const { text, version } = await configOf(target);
    for (const [wrong, reason] of [
      [text.replace('debug: false', 'debgu: true'), /has no key debgu; did you mean debug\?/],
      [text.replace('type: controlplane', 'type: gateway'), /unknown machine type "gateway"/],
      // Beside `provisioning`, where it belongs.
      [
        text
          .replace('    wipe: false\n', '')
          .replace(/^kind: UnattendedInstallConfig$/m, '$&\nwipe: true'),
        /UnattendedInstallConfig: has no key wipe/,
      ],
    ] as const) {
      expect(wrong).not.toBe(text);
      const error = await apply(target, wrong).catch((error: TalosRpcError) => error);
      expect(error).toMatchObject({ status: 'invalid-argument' });
      expect((error as TalosRpcError).reason).toMatch(reason);
    }
    expect((await configOf(target)).version).toBe(version);
  });
});
