import type { Target } from 'talos-client';
import { resources } from 'talos-client/resources';
import { parse } from 'yaml';

/** Where a resource is found. */
export interface ResourceAddress {
  readonly namespace: string;
  readonly type: string;
  readonly id: string;
}

/** The spec of a resource. Its YAML stays readable across releases of Talos, unlike its protobuf. */
export async function readSpec<Spec>(target: Target, address: ResourceAddress): Promise<Spec> {
  const { resource } = await resources(target).get(address);
  return parse(resource?.spec?.yamlSpec ?? '') as Spec;
}

/** What a node says of itself. */
export interface MachineStatus {
  readonly stage: string;
  readonly status: {
    readonly ready: boolean;
    readonly unmetConditions?: readonly { readonly name: string; readonly reason: string }[];
  };
}

/** The stage of a node, and whether it is ready. */
export function machineStatus(target: Target): Promise<MachineStatus> {
  return readSpec(target, {
    namespace: 'runtime',
    type: 'MachineStatuses.runtime.talos.dev',
    id: 'machine',
  });
}

/** `controlplane` or `worker`. */
export function machineType(target: Target): Promise<string> {
  return readSpec(target, {
    namespace: 'config',
    type: 'MachineTypes.config.talos.dev',
    id: 'machine-type',
  });
}

/** A member of the cluster, as the nodes found each other. */
export interface Member {
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly machineType: string;
}

/** The members of the cluster that the target belongs to. */
export async function members(target: Target): Promise<readonly Member[]> {
  const found: Member[] = [];
  const type = 'Members.cluster.talos.dev';
  for await (const { resource } of resources(target).list({ namespace: 'cluster', type })) {
    found.push(parse(resource?.spec?.yamlSpec ?? '') as Member);
  }
  return found;
}
