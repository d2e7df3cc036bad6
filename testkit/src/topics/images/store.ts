import { compareText } from '../cosi/resource.js';
import type { Layer } from './registry.js';

/** What an image is, whatever it is called. */
export interface ImageContent {
  /** Of its manifest. */
  readonly digest: string;
  readonly layers: readonly Layer[];
}

/** A name of an image. An image has several: with its tag, with its digest, and the digest alone. */
export interface StoredImage extends ImageContent {
  readonly name: string;
  /** When the name was made, in milliseconds since 1970. */
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a manifest and a configuration take beside the layers, in bytes. */
const HEAD_BYTES = 4_096;

/** The images of one namespace of a containerd. */
export class ImageStore {
  readonly #images = new Map<string, StoredImage>();

  /** All names, sorted. */
  list(): readonly StoredImage[] {
    return [...this.#images.values()].sort((one, other) => compareText(one.name, other.name));
  }

  /** The image with exactly this name. */
  find(name: string): StoredImage | undefined {
    return this.#images.get(name);
  }

  /** Names an image, also when something else had the name; that keeps the time it was made. */
  put(image: StoredImage): void {
    const { createdAt } = this.#images.get(image.name) ?? image;
    this.#images.set(image.name, { ...image, createdAt });
  }

  /** Takes a name away; the image is gone with its last one. Returns whether there was one. */
  remove(name: string): boolean {
    return this.#images.delete(name);
  }

  clear(): void {
    this.#images.clear();
  }

  /** Whether one of the images has a layer. */
  hasLayer(digest: string): boolean {
    for (const { layers } of this.#images.values()) {
      if (layers.some((layer) => layer.digest === digest)) return true;
    }
    return false;
  }
}

/** What an image takes on disk, packed, in bytes. */
export function sizeOf({ layers }: ImageContent): number {
  return layers.reduce((total, { size }) => total + size, HEAD_BYTES);
}
