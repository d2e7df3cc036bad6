import type { Machine } from '../../../base/machine.js';
import { etcdOn } from '../../etcd/etcd-node.js';
import { memberIdText } from '../../etcd/member.js';
import { kubernetesImages } from '../../kubernetes/versions.js';
import { services } from '../../services/services.js';
import { etcdConfigKind, etcdMemberKind, etcdSpecKind, pkiStatusKind } from '../kinds/etcd.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** How etcd of a control plane is set up, and which member it is while it is healthy. */
export const etcdSource: ResourceSource = {
  kinds: [etcdConfigKind, etcdSpecKind, pkiStatusKind, etcdMemberKind],
  topics: ['machine', 'etcd', 'services'],
  *resources(machine: Machine): Generator<Published> {
    const { address, name, talosVersion, type } = machine;
    if (type !== 'controlplane') return;
    const { etcd: image } = kubernetesImages(talosVersion);
    yield publish(etcdConfigKind, 'etcd', {
      advertiseExcludeSubnets: [],
      listenExcludeSubnets: [],
      image,
      extraArgs: {},
    });
    yield publish(etcdSpecKind, 'etcd', {
      name,
      advertisedAddresses: [address],
      listenPeerAddresses: ['::'],
      listenClientAddresses: ['::'],
      image,
      extraArgs: {},
    });
    // Certificates wait for what etcd is to be: bootstrapped, or one that joins.
    const { hasData, membership } = etcdOn(machine);
    if (hasData) yield publish(pkiStatusKind, 'etcd', { ready: true, version: '1' });
    if (membership === undefined || !machine.state(services).isUp('etcd')) return;
    yield publish(etcdMemberKind, 'local', { memberID: memberIdText(membership.id) });
  },
};
