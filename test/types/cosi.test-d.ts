// Compiled, never run: what must compile does, what must not is marked with @ts-expect-error.
import type { TalosNode } from 'talos-client';
import { cosi, type JsonValue, type Kind, type Resource } from 'talos-client/cosi';
import { Member } from 'talos-client/cosi/cluster';
import { MachineConfig, MachineType } from 'talos-client/cosi/config';
import { NodeAddress } from 'talos-client/cosi/network';
import { MachineStatus } from 'talos-client/cosi/runtime';

declare const node: TalosNode;

async function right(): Promise<void> {
  const { spec } = await cosi(node).get(MachineStatus);
  const stage: string = spec.stage;
  const isRunning: boolean = spec.stage === 'running';
  const reasons: readonly string[] = spec.status.unmetConditions.map(({ reason }) => reason);
  const member = await cosi(node).find(Member, 'cp-1');
  const port: number | undefined = member?.spec.controlPlane?.apiServerPort;
  const text: string = (await cosi(node).get(MachineConfig, 'v1alpha1')).spec;
  const found: Kind<JsonValue> = await cosi(node).kind('members');
  const all: readonly Resource<JsonValue>[] = await cosi(node).list(found);
  await cosi(node).list(NodeAddress, {
    labels: [{ a: 'b' }, { c: { in: ['d'], not: true } }],
    where: ({ spec, metadata }) => metadata.id === 'default' && spec.addresses.length > 0,
  });
  console.log(stage, isRunning, reasons, port, text, all);
}

async function wrong(): Promise<void> {
  // @ts-expect-error: there are many members
  await cosi(node).get(Member);
  // @ts-expect-error: and many of them to find
  await cosi(node).find(Member);
  // @ts-expect-error: specs are not to be changed
  (await cosi(node).get(MachineStatus)).spec.stage = 'booting';
  // @ts-expect-error: no such field
  console.log((await cosi(node).get(MachineStatus)).spec.stag);
  // @ts-expect-error: a condition of nothing
  await cosi(node).list(Member, { labels: { a: { equal: 'b' } } });
  // @ts-expect-error: a set of nodes is no target
  cosi([node]);
  // @ts-expect-error: the spec is a word, not an object
  console.log((await cosi(node).get(MachineType)).spec.type);
}

console.log(right, wrong);
