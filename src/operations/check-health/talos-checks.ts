import { VolumeStatus } from '../../../generated/cosi/kinds/block.js';
import { Diagnostic, MachineStatus } from '../../../generated/cosi/kinds/runtime.js';
import { services } from '../../../generated/features/services.js';
import { system } from '../../../generated/features/system.js';
import { cosi } from '../../cosi/cosi.js';
import type { CallOptions } from '../../runtime/call-options.js';
import { controlPlanes, type HealthCheck, type HealthNode, onEach } from './check.js';

const MIB = 1024n * 1024n;
/** The least memory that Talos asks for, less what firmware and kernel keep for themselves. */
const LEAST_MEMORY = { controlPlane: (1848n - 150n) * MIB, worker: (1024n - 150n) * MIB };
/** What a disk of 6 GiB leaves for EPHEMERAL, less some of it for the tables of partitions. */
const LEAST_EPHEMERAL = (6n * 1024n - 2202n - 150n) * MIB;

/** The problem of a service, if it does not run or is not healthy. */
export async function serviceProblem(
  { target }: HealthNode,
  id: string,
  options: CallOptions,
): Promise<string | undefined> {
  const { services: all } = await services(target).list({}, options);
  const found = all.find((service) => service.id === id);
  if (found === undefined) return `there is no service ${id}`;
  const last = found.health?.lastMessage || found.events?.events.at(-1)?.msg;
  const detail = last ? `: ${last}` : '';
  if (found.state !== 'Running') return `the service ${id} is ${found.state}${detail}`;
  return found.health?.healthy === true ? undefined : `the service ${id} is not healthy${detail}`;
}

export const apid: HealthCheck = {
  name: 'apid',
  what: 'the API of all nodes to answer',
  look: ({ nodes }, call) =>
    onEach(nodes, call, async ({ target }, options) => {
      await system(target).version({}, options);
      return undefined;
    }),
};

export const memory: HealthCheck = {
  name: 'memory',
  what: 'all nodes to have enough memory',
  look: ({ nodes }, call) =>
    onEach(nodes, call, async ({ target, isControlPlane }, options) => {
      const { meminfo } = await system(target).memory({}, options);
      const bytes = (meminfo?.memtotal ?? 0n) * 1024n;
      const least = isControlPlane ? LEAST_MEMORY.controlPlane : LEAST_MEMORY.worker;
      return bytes >= least ? undefined : `it has ${inMib(bytes)}, and needs ${inMib(least)}`;
    }),
};

export const disk: HealthCheck = {
  name: 'disk',
  what: 'all nodes to have a large enough disk',
  look: ({ nodes }, call) =>
    onEach(nodes, call, async ({ target }, options) => {
      const found = await cosi(target).find(VolumeStatus, 'EPHEMERAL', options);
      // A folder, as containers have it, has no size of its own.
      if (found === undefined || found.spec.type !== 'partition') return undefined;
      const { size } = found.spec;
      if (size >= LEAST_EPHEMERAL) return undefined;
      return `EPHEMERAL has ${inMib(size)}, and needs ${inMib(LEAST_EPHEMERAL)}`;
    }),
};

export const diagnostics: HealthCheck = {
  name: 'diagnostics',
  what: 'all nodes to have no diagnostics',
  look: ({ nodes }, call) =>
    onEach(nodes, call, async ({ target }, options) => {
      const found = await cosi(target).list(Diagnostic, options);
      const texts = found.map(({ metadata, spec }) => `${metadata.id}: ${spec.message}`);
      return texts.length === 0 ? undefined : texts.join(', ');
    }),
};

export const kubelet: HealthCheck = {
  name: 'kubelet',
  what: 'kubelet on control planes to be healthy',
  look: (subject, call) =>
    onEach(controlPlanes(subject), call, (node, options) =>
      serviceProblem(node, 'kubelet', options),
    ),
};

export const boot: HealthCheck = {
  name: 'boot',
  what: 'all nodes to have booted',
  look: ({ nodes }, call) =>
    onEach(nodes, call, async ({ target }, options) => {
      const { spec } = await cosi(target).get(MachineStatus, undefined, options);
      return spec.stage === 'running' ? undefined : `its stage is ${spec.stage}`;
    }),
};

function inMib(bytes: bigint): string {
  return `${bytes / MIB} MiB`;
}
