import type { ImageServicePullLayerProgress_Status } from '../../../generated/images.js';
import { ServerStatus, toServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { sleep } from '../../base/time/clock.js';
import { type ImagePlace, images } from './images.js';
import { parseReference, pinnedText, referenceText } from './reference.js';
import { type Layer, type RemoteImage, registry } from './registry.js';
import { verifyImage } from './verify.js';

/** How far a pull is with a layer. */
export interface LayerProgress {
  readonly layer: Layer;
  readonly status: ImageServicePullLayerProgress_Status;
  /** Of the extraction, in milliseconds. */
  readonly elapsed?: number;
  /** Bytes downloaded. */
  readonly offset?: number;
}

/** How often progress is told, in milliseconds. */
const TICK_MS = 100;
/** How much of a layer is downloaded in that time, and unpacked, in bytes. */
const DOWNLOAD_BYTES = 24 * 2 ** 20;
const EXTRACT_BYTES = 48 * 2 ** 20;
/** How many layers are downloaded at a time. */
const DOWNLOADS = 3;

/** The label of images whose signature was checked. */
const VERIFIED = 'talos.dev/verified';

/**
 * Pulls an image, and tells how far it is. An image that is there is not pulled again; one that
 * does not arrive whole leaves nothing.
 *
 * @returns the reference that pins the image.
 * @throws {ServerStatus} `not-found` when the registry does not have it; plain errors for others.
 */
export async function* pullImage(
  machine: Machine,
  place: ImagePlace,
  text: string,
  signal: AbortSignal,
): AsyncGenerator<LayerProgress, string, undefined> {
  const reference = parseReference(text);
  const full = referenceText(reference);
  const store = machine.state(images).at(place);
  const present = store.find(full);
  if (present !== undefined) {
    machine.state(images).name(place, reference, present, present.labels);
    return pinnedText(reference, present.digest);
  }
  const verdict = verified(machine, full);
  const image = resolved(machine, text);
  yield* transfer(machine, image, (digest) => store.hasLayer(digest), signal);
  const labels = verdict === undefined ? {} : { [VERIFIED]: verdict };
  machine.state(images).name(place, reference, image, labels);
  return pinnedText(reference, image.digest);
}

/** The image in its registry. Texts are those of containerd, with what Talos puts before them. */
function resolved(machine: Machine, text: string): RemoteImage {
  const reference = parseReference(text);
  const failed = `failed to pull image ${JSON.stringify(text)}`;
  let image: RemoteImage | undefined;
  try {
    image = machine.cluster.state(registry).find(reference);
  } catch (cause) {
    throw new Error(`${failed}: ${(cause as Error).message}`, { cause });
  }
  if (image !== undefined) return image;
  const full = referenceText(reference);
  const missing = `failed to resolve reference ${JSON.stringify(full)}: ${full}: not found`;
  throw new ServerStatus('not-found', `error pulling image: ${failed}: ${missing}`);
}

/** Images that the rules of the node refuse are not pulled, which is a plain error here. */
function verified(machine: Machine, text: string): string | undefined {
  try {
    const verdict = verifyImage(machine, text);
    return verdict.verified ? verdict.message : undefined;
  } catch (cause) {
    const { status, message } = toServerStatus(cause);
    if (status === 'permission-denied') throw new Error(message);
    throw cause;
  }
}

/** A layer on its way. */
interface Work {
  readonly layer: Layer;
  step: 'waiting' | 'downloading' | 'downloaded' | 'extracting' | 'done';
  /** Bytes of the step that are done. */
  done: number;
  elapsed: number;
}

async function* transfer(
  { clock }: Machine,
  { layers }: RemoteImage,
  isPresent: (digest: string) => boolean,
  signal: AbortSignal,
): AsyncGenerator<LayerProgress, void, undefined> {
  const present = layers.filter(({ digest }) => isPresent(digest));
  const works: Work[] = layers
    .filter((layer) => !present.includes(layer))
    .map((layer) => ({ layer, step: 'waiting', done: 0, elapsed: 0 }));
  await sleep(clock, TICK_MS, signal);
  for (const layer of present) {
    yield { layer, status: 'ALREADY_EXISTS' };
    yield { layer, status: 'EXTRACT_COMPLETE' };
  }
  while (works.some(({ step }) => step !== 'done')) {
    yield* works.flatMap((work) => extract(work, works));
    yield* works.flatMap((work) => download(work, works));
    if (works.some(({ step }) => step !== 'done')) await sleep(clock, TICK_MS, signal);
  }
}

/** Several layers are downloaded at a time. */
function download(work: Work, works: readonly Work[]): LayerProgress[] {
  const { layer } = work;
  if (work.step === 'waiting') {
    const busy = works.filter(({ step }) => step === 'downloading').length;
    if (busy < DOWNLOADS) work.step = 'downloading';
  }
  if (work.step !== 'downloading') return [];
  work.done += DOWNLOAD_BYTES;
  if (work.done < layer.size) return [{ layer, status: 'DOWNLOADING', offset: work.done }];
  work.step = 'downloaded';
  work.done = 0;
  return [{ layer, status: 'DOWNLOAD_COMPLETE' }];
}

/** Layers are unpacked one upon the other. */
function extract(work: Work, works: readonly Work[]): LayerProgress[] {
  const { layer, elapsed } = work;
  if (works.find(({ step }) => step !== 'done') !== work) return [];
  if (work.step === 'downloaded') {
    work.step = 'extracting';
  } else if (work.step === 'extracting') {
    work.done += EXTRACT_BYTES;
    if (work.done >= layer.size) {
      work.step = 'done';
      return [{ layer, status: 'EXTRACT_COMPLETE' }];
    }
  } else {
    return [];
  }
  work.elapsed += TICK_MS;
  return [{ layer, status: 'EXTRACTING', elapsed }];
}
