import { createHash } from 'node:crypto';

/** Files of an archive, by name. */
export type ArchiveFiles = Readonly<Record<string, string | Uint8Array>>;

/** A tar archive as `tar --format=ustar` makes it. */
export function tarOf(files: ArchiveFiles): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(content as Uint8Array);
    return [header(name, body.length), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write(`${'0'.padStart(11, '0')}\0`, 136);
  block.write('        0', 148);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
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
