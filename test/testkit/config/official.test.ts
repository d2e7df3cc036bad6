import { describe, expect, it } from 'vitest';
import { configuration } from '../../../generated/features/configuration.js';
import { system } from '../../../generated/features/system.js';
import {
  generateMachineConfigs,
  generateTalosconfig,
  parseSecrets,
} from '../../../src/machine-config/index.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { maintenance } from '../../../src/runtime/credentials/index.js';
import { clientOptions, parseTalosconfig } from '../../../src/talosconfig/index.js';
import { simulateCluster } from '../../../testkit/src/index.js';
import { readConfig } from '../../../testkit/src/topics/config/machine-config.js';
import {
  bundleText,
  contracts,
  types,
  variants,
  vectorText,
} from '../../machine-config/secrets/vectors.js';

describe.each(contracts)('what talosctl generates for contract %s', (contract) => {
  const cases = variants.flatMap((variant) => types.map((type) => [variant, type] as const));
  it.each(cases)(
    'is taken by nodes of that release and of a newer one: %s, %s',
    (variant, type) => {
      // Talos refuses what it generates itself for 1.12 and 1.13 with arguments for the kernel.
      const text = vectorText(contract, variant, type).replace(
        / +extraKernelArgs:\n.*\n(?=[\s\S]*grubUse)/,
        '',
      );
      for (const release of [`${contract}.0`, 'v1.14.0']) {
        const { node, warnings } = readConfig(text, release);
        expect(node).toMatchObject({
          type,
          clusterName: 'demo',
          install: { disk: '/dev/sda', image: 'installer.example/installer:v1' },
          token: 'ux8fb8.dti3u3t85oqrqq8e',
        });
        expect(node?.kubernetesCa === undefined).toBe(type === 'worker');
        expect(warnings).toEqual([]);
      }
    },
  );
});

it('what talosctl edits has comments, and is taken with them', () => {
  const text = vectorText('v1.14', 'options', 'controlplane');
  const edited = `# Please edit the object below.\n${text.replace('debug: false', 'debug: true # on')}`;
  const { config, text: kept } = readConfig(edited, 'v1.14.0');
  expect(config.v1alpha1?.debug).toBe(true);
  expect(kept).toBe(edited);
});

it.each(['v1.9.0', 'v1.12.0', 'v1.14.0'])(
  'a machine of %s comes up with a generated configuration, and lets its talosconfig in',
  async (talos) => {
    const secrets = parseSecrets(bundleText);
    await using cluster = await simulateCluster({
      maintenance: true,
      transport: 'tls',
      talosVersion: talos,
    });
    const node = cluster.node('cp-1');
    const { controlPlane, talosconfig } = await generateMachineConfigs({
      clusterName: 'generated',
      endpoint: `https://${node.address}:6443`,
      talos,
      kubernetes: 'v1.36.0',
      secrets,
      endpoints: [node.endpoint],
      patches: [{ machine: { nodeLabels: { rack: '7' } } }],
    });
    await using fresh = createTalosClient({
      endpoints: [node.endpoint],
      credentials: maintenance({ fingerprints: [await node.fingerprint()] }),
    });
    const data = Buffer.from(controlPlane.toString());
    await configuration(fresh).apply({ data, mode: 'AUTO' });
    await node.until(() => node.type === 'controlplane' && node.machine.boots === 2);
    await node.until(() => node.machine.isApiUp);
    await using talosClient = createTalosClient(
      clientOptions(parseTalosconfig(talosconfig).context()),
    );
    const { version } = await system(talosClient.node(node.address)).version();
    expect(version?.tag).toBe(talos);

    const reader = generateTalosconfig({
      clusterName: 'generated',
      secrets,
      endpoints: [node.endpoint],
      roles: ['os:reader'],
    });
    await using readerClient = createTalosClient(clientOptions(parseTalosconfig(reader).context()));
    await expect(
      configuration(readerClient.node(node.address)).apply({ data, mode: 'AUTO' }),
    ).rejects.toMatchObject({ status: 'permission-denied' });
  },
);
