import type { Init } from 'talos-client';
import type { ContainerdInstance } from '../../../generated/shared.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { services } from '../services/services.js';
import { type ImagePlace, images } from './images.js';

/**
 * The place that a request names.
 *
 * @throws {ServerStatus} `invalid-argument` when there is none like it, `unavailable` while its
 * containerd is down.
 */
export function placeOf(
  machine: Machine,
  instance: Init<ContainerdInstance> | undefined,
): ImagePlace {
  const { driver = 'CONTAINERD', namespace = 'NS_UNKNOWN' } = instance ?? {};
  if (driver !== 'CONTAINERD' && driver !== 'CRI') {
    throw new ServerStatus('invalid-argument', `invalid containerd driver ${driver}`);
  }
  if (namespace !== 'NS_CRI' && namespace !== 'NS_SYSTEM') {
    throw new ServerStatus('invalid-argument', `invalid containerd namespace ${namespace}`);
  }
  if (driver === 'CONTAINERD' && namespace === 'NS_CRI') {
    throw new ServerStatus('invalid-argument', 'cannot use CRI namespace with containerd driver');
  }
  connect(machine, driver === 'CRI' ? 'cri' : 'containerd');
  return driver === 'CRI' ? `CRI/${namespace}` : 'CONTAINERD/NS_SYSTEM';
}

/**
 * The place that a request of the deprecated calls names, which know one containerd only.
 *
 * @throws {ServerStatus} as `placeOf` does.
 */
export function legacyPlaceOf(machine: Machine, namespace: string | number): ImagePlace {
  connect(machine, 'cri');
  if (namespace !== 'NS_CRI' && namespace !== 'NS_SYSTEM') {
    throw new ServerStatus('invalid-argument', `invalid namespace ${namespace}`);
  }
  return `CRI/${namespace}`;
}

const sockets = {
  cri: '/run/containerd/containerd.sock',
  containerd: '/system/run/containerd/containerd.sock',
} as const;

function connect(machine: Machine, service: 'cri' | 'containerd'): void {
  if (machine.state(services).isUp(service)) return;
  throw new ServerStatus(
    'unavailable',
    `error connecting to containerd: failed to dial ${JSON.stringify(sockets[service])}: ` +
      'context deadline exceeded',
  );
}

/**
 * Whether an image is where a request says, by exactly this name.
 *
 * @throws {ServerStatus} when there is no such place.
 */
export function hasImage(
  machine: Machine,
  instance: Init<ContainerdInstance> | undefined,
  reference: string,
): boolean {
  return machine.state(images).at(placeOf(machine, instance)).find(reference) !== undefined;
}
