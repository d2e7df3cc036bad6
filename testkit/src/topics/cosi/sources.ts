import { blockSource } from './catalogue/block.js';
import { configSource } from './catalogue/config.js';
import { controlPlaneSource } from './catalogue/control-plane.js';
import { identitySource, memberSource } from './catalogue/discovery.js';
import { etcdSource } from './catalogue/etcd.js';
import { hardwareSource } from './catalogue/hardware.js';
import { kubernetesSource } from './catalogue/kubernetes.js';
import { machineSource, metaKeySource } from './catalogue/machine.js';
import { metaSource } from './catalogue/meta.js';
import { networkSource } from './catalogue/network.js';
import { apiCertificateSource, secretSource } from './catalogue/secrets.js';
import { securitySource } from './catalogue/security.js';
import { serviceSource } from './catalogue/services.js';
import { settingSource } from './catalogue/settings.js';
import { statSource } from './catalogue/stats.js';
import { storageSource } from './catalogue/storage.js';
import type { ResourceSource } from './source.js';

/** Everything that shows the state of a node as resources. */
export const resourceSources: readonly ResourceSource[] = [
  metaSource,
  machineSource,
  metaKeySource,
  configSource,
  serviceSource,
  memberSource,
  identitySource,
  networkSource,
  hardwareSource,
  settingSource,
  statSource,
  blockSource,
  storageSource,
  etcdSource,
  kubernetesSource,
  controlPlaneSource,
  secretSource,
  apiCertificateSource,
  securitySource,
];
