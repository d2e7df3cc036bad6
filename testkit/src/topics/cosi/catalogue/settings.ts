import type { Machine } from '../../../base/machine.js';
import { POD_SUBNET, SERVICE_SUBNET } from '../../config/generate.js';
import { hosts } from '../../files/etc.js';
import { DEFAULT_TIME_SERVER } from '../../system/time.js';
import { sbomItemKind } from '../kinds/kernel.js';
import {
  discoveredVolumesStatusKind,
  etcFileSpecKind,
  etcFileStatusKind,
  extraManifestsConfigKind,
  hostnameSpecKind,
  nodeAddressSortAlgorithmKind,
  nodeIpConfigKind,
  registriesConfigKind,
  resolverSpecKind,
  timeServerSpecKind,
} from '../kinds/settings.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import { DNS_SERVERS } from './plan.js';

/** What a node is to be like: names, name servers, time servers and files, before they are applied. */
export const settingSource: ResourceSource = {
  kinds: [
    hostnameSpecKind,
    resolverSpecKind,
    timeServerSpecKind,
    nodeAddressSortAlgorithmKind,
    discoveredVolumesStatusKind,
    etcFileSpecKind,
    etcFileStatusKind,
    sbomItemKind,
    registriesConfigKind,
    nodeIpConfigKind,
    extraManifestsConfigKind,
  ],
  topics: ['machine', 'config'],
  *resources(machine: Machine): Generator<Published> {
    const { name: hostname, type, inMaintenance, talosVersion: version } = machine;
    const layer = inMaintenance ? 'default' : 'configuration';
    yield publish(hostnameSpecKind, 'hostname', { hostname, domainname: '', layer });
    yield publish(resolverSpecKind, 'resolvers', { dnsServers: DNS_SERVERS, layer: 'default' });
    yield publish(timeServerSpecKind, 'timeservers', {
      timeServers: [DEFAULT_TIME_SERVER],
      layer: 'default',
    });
    yield publish(nodeAddressSortAlgorithmKind, 'default', { algorithm: 'v1' });
    yield publish(discoveredVolumesStatusKind, 'discovered-volumes-status', { ready: true });
    yield publish(etcFileSpecKind, 'hosts', {
      contents: hosts(machine),
      mode: 0o644,
      selinux_label: 'system_u:object_r:etc_t:s0',
    });
    yield publish(etcFileStatusKind, 'hosts', { specVersion: '1' });
    yield publish(sbomItemKind, 'Talos', { name: 'Talos', version, license: 'MPL-2.0' });
    if (type === undefined) return;
    yield publish(registriesConfigKind, 'registries', {});
    yield publish(nodeIpConfigKind, 'kubelet', { excludeSubnets: [POD_SUBNET, SERVICE_SUBNET] });
    if (type !== 'controlplane') return;
    yield publish(extraManifestsConfigKind, 'extra-manifests', { extraManifests: [] });
  },
};
