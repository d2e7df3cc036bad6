import {
  encodeConfigSpec,
  encodeMemberSpec,
  encodePKIStatusSpec,
  encodeSpecSpec,
} from '../../../../generated/definitions/etcd.js';
import { defineKind, encoded } from '../kind.js';
import { netIp } from '../values.js';

/** Extra arguments: each may come several times. */
export type ArgValues = Readonly<Record<string, { readonly values: readonly string[] }>>;

/** Which etcd member a node is. */
export interface EtcdMemberSpec {
  /** Sixteen hexadecimal digits. */
  readonly memberID: string;
}

/** `EtcdMembers`, id `local`. */
export const etcdMemberKind = defineKind({
  type: 'EtcdMembers.etcd.talos.dev',
  namespace: 'etcd',
  owner: 'etcd.MemberController',
  proto: ({ memberID }: EtcdMemberSpec) => encoded(encodeMemberSpec, { memberId: memberID }),
});

/** How etcd runs on a node. */
export interface EtcdSpecSpec {
  readonly name: string;
  readonly advertisedAddresses: readonly string[];
  readonly listenPeerAddresses: readonly string[];
  readonly listenClientAddresses: readonly string[];
  readonly image: string;
  readonly extraArgs: ArgValues;
}

/** `EtcdSpecs`, id `etcd`. */
export const etcdSpecKind = defineKind({
  type: 'EtcdSpecs.etcd.talos.dev',
  namespace: 'etcd',
  owner: 'etcd.SpecController',
  proto: (spec: EtcdSpecSpec) =>
    encoded(encodeSpecSpec, {
      ...spec,
      advertisedAddresses: spec.advertisedAddresses.map(netIp),
      listenPeerAddresses: spec.listenPeerAddresses.map(netIp),
      listenClientAddresses: spec.listenClientAddresses.map(netIp),
    }),
});

/** How etcd is configured. */
export interface EtcdConfigSpec {
  readonly advertiseExcludeSubnets: readonly string[];
  readonly listenExcludeSubnets: readonly string[];
  readonly image: string;
  readonly extraArgs: ArgValues;
}

/** `EtcdConfigs`, id `etcd`. */
export const etcdConfigKind = defineKind({
  type: 'EtcdConfigs.etcd.talos.dev',
  namespace: 'etcd',
  owner: 'etcd.ConfigController',
  proto: (spec: EtcdConfigSpec) => encoded(encodeConfigSpec, spec),
});

/** Whether etcd has its certificates. */
export interface PkiStatusSpec {
  readonly ready: boolean;
  /** Versions of what they were made from. */
  readonly version: string;
}

/** `PKIStatuses`, id `etcd`. */
export const pkiStatusKind = defineKind({
  type: 'PKIStatuses.etcd.talos.dev',
  namespace: 'etcd',
  owner: 'etcd.PKIController',
  proto: (spec: PkiStatusSpec) => encoded(encodePKIStatusSpec, spec),
});
