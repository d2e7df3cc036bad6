import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { pods } from '../kubernetes/pods.js';
import { kubernetesImages } from '../kubernetes/versions.js';
import { services } from '../services/services.js';
import { type ImageReference, parseReference, pinnedText, referenceText } from './reference.js';
import { type RemoteImage, registry } from './registry.js';
import { ImageStore } from './store.js';

/** One of the places where a node keeps images: a containerd and a namespace in it. */
export type ImagePlace = 'CRI/NS_CRI' | 'CRI/NS_SYSTEM' | 'CONTAINERD/NS_SYSTEM';

/** What the kubelet's images are labelled with. */
const MANAGED = { 'io.cri-containerd.image': 'managed' };
const PINNED = { ...MANAGED, 'io.cri-containerd.pinned': 'pinned' };

/**
 * The images of a node. Those of Kubernetes and of Talos' own services are there once something
 * runs from them; when one is removed, it comes back when it is needed the next time. Those of the
 * containerd that lives in memory are gone with the boot. Notifies `images`.
 */
export class Images {
  readonly #machine: Machine;
  readonly #kubernetes = new ImageStore();
  readonly #talos = new ImageStore();
  /** Of what was started and has its image: pods by id, services by when they were started. */
  readonly #started = new Set<string>();

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#pullStarted(machine.isOn ? machine.bootedAt : machine.clock.now());
    machine.onChange((topic) => {
      if (topic === 'pods' || topic === 'services') this.#pullStarted(machine.clock.now());
    });
  }

  /** The images of a place. */
  at(place: ImagePlace): ImageStore {
    if (place === 'CRI/NS_CRI') return this.#kubernetes;
    if (place === 'CRI/NS_SYSTEM') return this.#talos;
    return this.#machine.state(memoryImages);
  }

  /** Puts an image into a place at once, under the names that a pull gives it. */
  add(place: ImagePlace, text: string): void {
    const reference = parseReference(text);
    const image = this.#machine.cluster.state(registry).find(reference);
    if (image === undefined) throw new RangeError(`no registry has ${referenceText(reference)}`);
    this.name(place, reference, image);
  }

  /** Gives an image that is in a place its names, and others that it is to have. */
  name(
    place: ImagePlace,
    reference: ImageReference,
    { digest, layers }: Pick<RemoteImage, 'digest' | 'layers'>,
    labels: Readonly<Record<string, string>> = {},
  ): void {
    const names = [digest, referenceText(reference), pinnedText(reference, digest)];
    const createdAt = this.#machine.clock.now();
    for (const name of names) this.at(place).put({ name, digest, layers, createdAt, labels });
    this.#machine.notify('images');
  }

  /** Removes what is on disk, as a wipe of the EPHEMERAL volume does. */
  wipe(): void {
    this.#kubernetes.clear();
    this.#talos.clear();
    this.#started.clear();
    this.#machine.notify('images');
  }

  #pullStarted(now: number): void {
    const machine = this.#machine;
    const own = kubernetesImages(machine.talosVersion);
    for (const id of ['kubelet', 'etcd'] as const) {
      const service = machine.state(services).find(id);
      if (service?.isRunning !== true) continue;
      if (!this.#begin(`${id}/${machine.boots}/${service.startedAt}`)) continue;
      this.#pull(this.#talos, own[id], now);
    }
    const running = machine.state(pods).list();
    for (const { uid, container } of running) {
      if (!this.#begin(uid)) continue;
      this.#pull(this.#kubernetes, own.pause, now, PINNED);
      this.#pull(this.#kubernetes, container.image, now, MANAGED);
    }
  }

  #begin(what: string): boolean {
    if (this.#started.has(what)) return false;
    this.#started.add(what);
    return true;
  }

  #pull(store: ImageStore, text: string, createdAt: number, labels = {}): void {
    if (store.find(text) !== undefined) return;
    const reference = parseReference(text);
    const image = this.#machine.cluster.state(registry).find(reference);
    if (image === undefined) return;
    const { digest, configDigest, layers } = image;
    // The kubelet knows images by their configuration, Talos by their manifest.
    const id = store === this.#kubernetes ? configDigest : digest;
    for (const name of [id, text, pinnedText(reference, digest)]) {
      store.put({ name, digest, layers, createdAt, labels });
    }
  }
}

/** The images of a node. */
export const images = defineTopic({
  name: 'images',
  lifetime: 'always',
  create: (machine: Machine) => new Images(machine),
});

/** The images of the containerd that lives in memory. */
const memoryImages = defineTopic({
  name: 'memory-images',
  lifetime: 'boot',
  create: () => new ImageStore(),
});
