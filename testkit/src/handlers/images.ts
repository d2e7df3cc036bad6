import type { ImagesMethods } from 'talos-client/images';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { images } from '../topics/images/images.js';
import { importImages } from '../topics/images/import.js';
import { legacyPlaceOf, placeOf } from '../topics/images/lookup.js';
import { type LayerProgress, pullImage } from '../topics/images/pull.js';
import { type StoredImage, sizeOf } from '../topics/images/store.js';
import { verifyImage } from '../topics/images/verify.js';

/** The images in both containerd instances of a node. */
export const imagesHandlers: HandlersOf<ImagesMethods> = {
  *list({ machine }, { containerd }) {
    const place = placeOf(machine, containerd);
    for (const image of machine.state(images).at(place).list()) {
      yield { ...shown(image), labels: { ...image.labels } };
    }
  },

  async *pull({ machine, signal }, { containerd, imageRef }) {
    const pulling = pullImage(machine, placeOf(machine, containerd), imageRef, signal);
    for (;;) {
      const { done, value } = await pulling.next();
      if (done === true) {
        yield { response: { case: 'name', value } };
        return;
      }
      yield { response: { case: 'pullProgress', value: progress(value) } };
    }
  },

  import: async ({ machine }, requests) => ({ name: await importImages(machine, requests) }),

  remove({ machine }, { containerd, imageRef }) {
    const place = placeOf(machine, containerd);
    if (!machine.state(images).at(place).remove(imageRef)) {
      throw new ServerStatus('not-found', `image ${imageRef} not found`);
    }
    machine.notify('images');
  },

  verify: ({ machine }, { imageRef }) => verifyImage(machine, imageRef),

  *listLegacy({ machine }, { namespace }) {
    const place = legacyPlaceOf(machine, namespace);
    for (const image of machine.state(images).at(place).list()) yield shown(image);
  },

  async pullLegacy({ machine, signal }, { namespace, reference }) {
    const pulling = pullImage(machine, legacyPlaceOf(machine, namespace), reference, signal);
    while ((await pulling.next()).done !== true);
  },
};

function shown(image: StoredImage) {
  const { name, digest, createdAt } = image;
  const nanos = (createdAt % 1000) * 1_000_000;
  return {
    name,
    digest,
    size: BigInt(sizeOf(image)),
    createdAt: { seconds: BigInt(Math.floor(createdAt / 1000)), nanos },
  };
}

function progress({ layer, status, elapsed = 0, offset }: LayerProgress) {
  return {
    // As short as `docker` shows them.
    layerId: layer.digest.slice('sha256:'.length, 'sha256:'.length + 12),
    progress: {
      status,
      elapsed: {
        seconds: BigInt(Math.floor(elapsed / 1000)),
        nanos: (elapsed % 1000) * 1_000_000,
      },
      ...(offset === undefined ? {} : { offset: BigInt(offset), total: BigInt(layer.size) }),
    },
  };
}
