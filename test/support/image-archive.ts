import { createHash } from 'node:crypto';
import { tarOf } from './tar.js';

/** Files of an archive, by name. */
export type ArchiveFiles = Readonly<Record<string, string | Uint8Array>>;

/** A tar archive of files. */
export function archiveOf(files: ArchiveFiles): Buffer {
  return tarOf(...Object.entries(files).map(([name, content]) => ({ name, content })));
}

/** The digest of some content, as images have it. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** What is in an archive of the Open Container Initiative: one image of some layers. */
export function ociFiles(name: string | undefined, layers: readonly string[]): ArchiveFiles {
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64' });
  const descriptor = (content: string) => ({ digest: digestOf(content), size: content.length });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: descriptor(config),
    layers: layers.map(descriptor),
  });
  const annotations = name === undefined ? {} : { 'io.containerd.image.name': name };
  const index = { schemaVersion: 2, manifests: [{ ...descriptor(manifest), annotations }] };
  return {
    'oci-layout': JSON.stringify({ imageLayoutVersion: '1.0.0' }),
    'index.json': JSON.stringify(index),
    ...Object.fromEntries(
      [config, manifest, ...layers].map((content) => [blobPath(digestOf(content)), content]),
    ),
  };
}

/** Where an archive has the content of a digest. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
