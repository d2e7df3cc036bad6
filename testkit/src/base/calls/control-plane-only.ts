import type { AnyMethod } from 'talos-client';
import { ServerStatus } from './status.js';

/** What Talos calls the RPCs that only control planes serve. */
const names: Readonly<Record<string, string>> = {
  Bootstrap: 'bootstrap',
  EtcdAlarmDisarm: 'etcd alarm disarm',
  EtcdAlarmList: 'etcd alarm list',
  EtcdDefragment: 'etcd defragment',
  EtcdDowngradeCancel: 'etcd downgrade cancel',
  EtcdDowngradeEnable: 'etcd downgrade enable',
  EtcdDowngradeValidate: 'etcd downgrade validate',
  EtcdForfeitLeadership: 'etcd forfeit leadership',
  EtcdLeaveCluster: 'etcd leave',
  EtcdMemberList: 'member list',
  EtcdRecover: 'etcd recover',
  EtcdRemoveMemberByID: 'etcd remove member',
  EtcdSnapshot: 'etcd snapshot',
  EtcdStatus: 'etcd status',
  GenerateClientConfiguration: 'generate client configuration',
  HealthCheck: 'cluster health check',
  Kubeconfig: 'kubeconfig',
};

/** The refusal of an RPC that only control planes serve. */
export function controlPlaneOnly({ path }: AnyMethod): ServerStatus {
  const rpc = path.slice(path.lastIndexOf('/') + 1);
  const what = names[rpc] ?? rpc;
  return new ServerStatus('unimplemented', `${what} is only available on control plane nodes`);
}
