// Compiled, never run: what requests must state, at every depth.
import type { Init, TalosNode } from 'talos-client';
import { cluster } from 'talos-client/cluster';
import { configuration } from 'talos-client/configuration';
import { images } from 'talos-client/images';
import { lifecycle } from 'talos-client/lifecycle';
import { resources } from 'talos-client/resources';
import { storage } from 'talos-client/storage';

export async function check(node: TalosNode): Promise<void> {
  const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
  images(node).list({ containerd });
  // @ts-expect-error: the namespace has no default that works
  images(node).list({ containerd: { driver: 'CRI' } });
  // @ts-expect-error: stated as nothing is not stated
  images(node).list({ containerd: undefined });

  const source = { imageName: 'ghcr.io/siderolabs/installer:v1.14.0' };
  lifecycle(node).install({ containerd, source, destination: { disk: '/dev/sda' } });
  // @ts-expect-error: no disk to install to
  lifecycle(node).install({ containerd, source, destination: {} });

  await storage(node).blockDeviceWipe({ devices: [{ device: 'sda', method: 'FAST' }] });
  // @ts-expect-error: which device
  await storage(node).blockDeviceWipe({ devices: [{ method: 'FAST' }] });

  // @ts-expect-error: a certificate without an end is refused
  await configuration(node).generateClientConfiguration({ roles: [], crtTtl: undefined });
  await configuration(node).generateClientConfiguration({ roles: [], crtTtl: { seconds: 60n } });

  // @ts-expect-error: without time to wait, the health check fails at once
  cluster(node).healthCheck({});

  // @ts-expect-error: 0, what an unset apiVersion means, loses events
  resources(node).watch({ namespace: 'runtime', type: 'MachineStatuses.runtime.talos.dev' });
}

/** A message whose field is called as the tag of a oneof is. */
interface Lawsuit {
  case: string;
  value: number;
  verdict: { case: 'guilty'; value: bigint } | { case: undefined; value?: undefined };
}

export const some: Init<Lawsuit> = { value: 1 };
export const all: Init<Lawsuit> = { case: 'x', verdict: { case: 'guilty', value: 1n } };
// @ts-expect-error: a case of a oneof comes with its value
export const cut: Init<Lawsuit> = { verdict: { case: 'guilty' } };
