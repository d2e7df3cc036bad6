import type { ImageServiceImportRequest } from '../../../generated/images.js';
import { ServerStatus, toServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { type ArchivedImage, readArchive } from './archive.js';
import { images } from './images.js';
import { placeOf } from './lookup.js';

/**
 * Puts the images of an archive into the place that the first message names.
 *
 * @returns the name of the first image.
 * @throws {ServerStatus} `invalid-argument` without a place or an image, `internal` when the
 * archive is broken.
 */
export async function importImages(
  machine: Machine,
  requests: AsyncIterable<ImageServiceImportRequest>,
): Promise<string> {
  const stream = requests[Symbol.asyncIterator]();
  const { done, value: first } = await stream.next();
  if (done === true) throw new Error('EOF');
  if (first.request.case !== 'containerd') {
    throw new ServerStatus('invalid-argument', 'containerd instance is required');
  }
  const place = placeOf(machine, first.request.value);
  const found = await read(stream);
  const [named] = found;
  if (named === undefined) {
    throw new ServerStatus('invalid-argument', 'no images imported from archive');
  }
  const store = machine.state(images).at(place);
  const createdAt = machine.clock.now();
  for (const { name, digest, layers } of found) {
    store.put({ name, digest, layers, createdAt, labels: {} });
  }
  machine.notify('images');
  // What cannot be unpacked stays in the list all the same.
  for (const { name, missing } of found) {
    if (missing === undefined) continue;
    throw new ServerStatus(
      'internal',
      `failed to unpack image ${name}: content digest ${missing}: not found`,
    );
  }
  return named.name;
}

async function read(
  stream: AsyncIterator<ImageServiceImportRequest>,
): Promise<readonly ArchivedImage[]> {
  try {
    return await readArchive(chunks(stream));
  } catch (cause) {
    const { status, message } = toServerStatus(cause);
    // The caller is gone, or the frame refused a message: that is no fault of the archive.
    if (status !== 'unknown') throw cause;
    throw new ServerStatus('internal', `failed to import image: ${message}`, { cause });
  }
}

async function* chunks(
  stream: AsyncIterator<ImageServiceImportRequest>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const { done, value } = await stream.next();
    if (done === true) return;
    if (value.request.case !== 'imageChunk') throw new Error('no image chunk');
    yield value.request.value.bytes;
  }
}
