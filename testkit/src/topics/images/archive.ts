import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { parseReference, referenceText } from './reference.js';
import type { Layer } from './registry.js';
import { readTar, type TarFile } from './tar-reader.js';

/** An image that an archive holds under a name. */
export interface ArchivedImage {
  readonly name: string;
  /** Of its manifest. */
  readonly digest: string;
  readonly layers: readonly Layer[];
  /** The digest of a layer that the archive lacks; the image cannot be unpacked then. */
  readonly missing: string | undefined;
}

/** A file of an archive: its digest, and its text when it is small enough to mean something. */
interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly text: string | undefined;
}

type Files = ReadonlyMap<string, Blob>;

/** Manifests and indexes are smaller than that, in bytes. */
const MAX_TEXT = 8 * 2 ** 20;

/**
 * Reads the images of an archive: an OCI image layout, or what `docker save` writes. An image
 * without a name is none.
 *
 * @throws {Error} with the words of containerd, when the archive is neither or lacks something.
 */
export async function readArchive(
  chunks: AsyncIterable<Uint8Array>,
): Promise<readonly ArchivedImage[]> {
  const files = await readFiles(chunks);
  const layout = files.get('oci-layout');
  if (layout !== undefined) {
    const version = objectOf(json('oci-layout', layout)).imageLayoutVersion;
    if (version !== '1.0.0') throw new Error(`unsupported OCI version ${String(version)}`);
    return ociImages(files);
  }
  const manifest = files.get('manifest.json');
  if (manifest === undefined) throw new Error('unrecognized image format');
  return dockerImages(files, json('manifest.json', manifest));
}

async function readFiles(chunks: AsyncIterable<Uint8Array>): Promise<Files> {
  const files = new Map<string, Blob>();
  const links: [name: string, target: string][] = [];
  for await (const file of readTar(chunks)) {
    const name = posix.normalize(file.name);
    if (file.link !== undefined) links.push([name, posix.join(posix.dirname(name), file.link)]);
    else files.set(name, await readBlob(file));
  }
  for (const [name, target] of links) {
    const blob = files.get(target);
    if (blob !== undefined) files.set(name, blob);
  }
  return files;
}

async function readBlob({ size, body }: TarFile): Promise<Blob> {
  const hash = createHash('sha256');
  const pieces: Uint8Array[] = [];
  for await (const piece of body) {
    hash.update(piece);
    if (size <= MAX_TEXT) pieces.push(piece.slice());
  }
  const text = size <= MAX_TEXT ? Buffer.concat(pieces).toString() : undefined;
  return { digest: `sha256:${hash.digest('hex')}`, size, text };
}

function ociImages(files: Files): ArchivedImage[] {
  const index = files.get('index.json');
  if (index === undefined) throw new Error('missing index.json in OCI layout');
  // What a file is called does not matter: it is its content that is looked up.
  const blobs = new Map([...files.values()].map((blob) => [blob.digest, blob]));
  return listOf(objectOf(json('index.json', index)).manifests).flatMap((descriptor) => {
    const { digest, annotations } = objectOf(descriptor);
    const notes = objectOf(annotations);
    const name =
      notes['io.containerd.image.name'] ?? notes['org.opencontainers.image.ref.name'] ?? '';
    if (name === '') return [];
    const layers = listOf(manifestOf(blobs, String(digest)).layers).map((layer) => {
      const { digest: of, size } = objectOf(layer);
      return { digest: String(of), size: Number(size ?? 0) };
    });
    const missing = layers.find((layer) => !blobs.has(layer.digest))?.digest;
    return [{ name: String(name), digest: String(digest), layers, missing }];
  });
}

/** The manifest behind a digest: itself, or that of an index for the platform of the nodes. */
function manifestOf(blobs: Files, digest: string): Readonly<Record<string, unknown>> {
  const blob = blobs.get(digest);
  if (blob === undefined) throw new Error(`content digest ${digest}: not found`);
  const manifest = objectOf(json(digest, blob));
  if (manifest.manifests === undefined) return manifest;
  const entries = listOf(manifest.manifests).map(objectOf);
  const fitting = entries.find(({ platform }) => {
    const { os, architecture } = objectOf(platform);
    return platform === undefined || (os === 'linux' && architecture === 'amd64');
  });
  if (fitting === undefined) {
    throw new Error(`no match for platform in manifest ${digest}: not found`);
  }
  return manifestOf(blobs, String(fitting.digest));
}

function dockerImages(files: Files, manifests: unknown): ArchivedImage[] {
  return listOf(manifests).flatMap((entry) => {
    const { Config, Layers, RepoTags } = objectOf(entry);
    const config = files.get(posix.normalize(String(Config)));
    if (config === undefined) throw new Error(`image config ${JSON.stringify(Config)} not found`);
    const layers = listOf(Layers).map((path): Layer => {
      const blob = files.get(posix.normalize(String(path)));
      if (blob === undefined) throw new Error(`layer ${JSON.stringify(path)} not found`);
      return { digest: blob.digest, size: blob.size };
    });
    // Such archives have no manifest: it is made from what they have.
    const manifest = JSON.stringify({ schemaVersion: 2, config: config.digest, layers });
    const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
    return listOf(RepoTags).map((tag) => {
      return {
        name: referenceText(parseReference(String(tag))),
        digest,
        layers,
        missing: undefined,
      };
    });
  });
}

function json(name: string, { text = '' }: Blob): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`untar ${name}: ${reason}`, { cause });
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
