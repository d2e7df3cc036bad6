import type { ContainerdInstance } from '../../../../generated/messages/shared.js';
import type { Init } from '../../../runtime/codec.js';
import { ServerStatus } from '../../status.js';
import { defineTopic } from '../../topic.js';
import type { Machine } from '../machine.js';
import { services } from '../services/services.js';

/** One of the places where a node keeps images: a containerd and a namespace in it. */
export type ImagePlace = 'CRI/NS_CRI' | 'CRI/NS_SYSTEM' | 'CONTAINERD/NS_SYSTEM';

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
  const place = `${driver}/${namespace}`;
  if (!isPlace(place)) {
    throw new ServerStatus(
      'invalid-argument',
      `driver ${driver} has no namespace ${namespace} for images`,
    );
  }
  const service = driver === 'CRI' ? 'cri' : 'containerd';
  if (!machine.state(services).isUp(service)) {
    throw new ServerStatus('unavailable', `${service} is not running`);
  }
  return place;
}

function isPlace(text: string): text is ImagePlace {
  return text === 'CRI/NS_CRI' || text === 'CRI/NS_SYSTEM' || text === 'CONTAINERD/NS_SYSTEM';
}

/** The references of the images of a node, by place. */
export class ImageNames {
  readonly #names = new Map<ImagePlace, Set<string>>();

  add(place: ImagePlace, reference: string): void {
    const names = this.#names.get(place) ?? new Set();
    this.#names.set(place, names.add(reference));
  }

  remove(place: ImagePlace, reference: string): void {
    this.#names.get(place)?.delete(reference);
  }

  has(place: ImagePlace, reference: string): boolean {
    return this.#names.get(place)?.has(reference) ?? false;
  }
}

/** The references of the images of a node. */
export const imageNames = defineTopic({
  name: 'image-names',
  lifetime: 'always',
  create: () => new ImageNames(),
});

/**
 * Whether an image is where a request says.
 *
 * @throws {ServerStatus} when there is no such place.
 */
export function hasImage(
  machine: Machine,
  instance: Init<ContainerdInstance> | undefined,
  reference: string,
): boolean {
  return machine.state(imageNames).has(placeOf(machine, instance), reference);
}
