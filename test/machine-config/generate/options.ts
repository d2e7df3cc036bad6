import type { GenerateOptions } from '../../../src/machine-config/generate/options.js';
import { parseSecrets } from '../../../src/machine-config/secrets/file.js';
import { bundleText, type variants } from '../secrets/vectors.js';

/** The secrets of the vectors. */
export const secrets = parseSecrets(bundleText);

/** What the vectors were made with, but for the contract. */
export const options: Readonly<Record<(typeof variants)[number], Omit<GenerateOptions, 'talos'>>> =
  {
    default: {
      clusterName: 'demo',
      endpoint: 'https://10.5.0.10:6443',
      kubernetes: '1.36.0',
      secrets,
      installDisk: '/dev/sda',
      installImage: 'installer.example/installer:v1',
    },
    options: {
      clusterName: 'demo',
      endpoint: 'https://cluster.example:443',
      kubernetes: 'v1.36.0',
      secrets,
      installImage: 'installer.example/installer:v1',
      additionalSans: ['san.example', '10.9.9.9'],
      dnsDomain: 'k8s.example',
      allowSchedulingOnControlPlanes: true,
      sysctls: { 'vm.max_map_count': '262144', 'net.core.somaxconn': '65535' },
      kubespan: true,
      discovery: true,
      registryMirrors: { 'docker.io': ['https://mirror.example', 'https://mirror2.example'] },
      localApiServerPort: 7443,
    },
    'no-discovery-custom-cni': {
      clusterName: 'demo',
      endpoint: 'https://10.5.0.10:6443',
      kubernetes: '1.36.0',
      secrets,
      installImage: 'installer.example/installer:v1',
      discovery: false,
      cniManifest: 'https://cni.example/cni.yaml',
      installExtraKernelArgs: ['console=ttyS0'],
    },
  };
