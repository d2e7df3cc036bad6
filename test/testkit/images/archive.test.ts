import { describe, expect, it } from 'vitest';
import { readArchive } from '../../../testkit/src/topics/images/archive.js';
import { readTar } from '../../../testkit/src/topics/images/tar-reader.js';
import {
  type ArchiveFiles,
  archiveOf,
  blobPath,
  digestOf,
  ociFiles,
} from '../../support/image-archive.js';

const name = 'registry.example.com/app:v1';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

function read(files: ArchiveFiles | Uint8Array, size = 4096) {
  const bytes = files instanceof Uint8Array ? files : archiveOf(files);
  return readArchive(inPieces(bytes, size));
}

// OCI and Docker: archives of images, as ImageService.Import takes them.
describe('an archive of the Open Container Initiative', () => {
  it.each([1, 511, 512, 513, 65_536])('is read from pieces of %i bytes', async (size) => {
    const layers = ['first layer', 'x'.repeat(5_000)];
    const [image, ...others] = await read(ociFiles(name, layers), size);
    expect(others).toEqual([]);
    expect(image).toMatchObject({ name, missing: undefined });
    expect(image?.layers).toEqual(
      layers.map((layer) => ({ digest: digestOf(layer), size: layer.length })),
    );
  });

  it('goes by an index to the manifest for the platform of nodes', async () => {
    const files = ociFiles(name, ['layer']);
    const index = JSON.parse(String(files['index.json']));
    const [{ digest }] = index.manifests;
    const platforms = JSON.stringify({
      manifests: [
        { digest: digestOf('other'), platform: { os: 'linux', architecture: 'arm64' } },
        { digest, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    });
    const outer = { digest: digestOf(platforms), annotations: index.manifests[0].annotations };
    const [image] = await read({
      ...files,
      'index.json': JSON.stringify({ manifests: [outer] }),
      [blobPath(outer.digest)]: platforms,
    });
    expect(image).toMatchObject({ name, digest: outer.digest, missing: undefined });
    expect(image?.layers).toHaveLength(1);
  });

  it('names the layer that it lacks', async () => {
    const files = { ...ociFiles(name, ['here', 'lost']) } as Record<string, string>;
    delete files[blobPath(digestOf('lost'))];
    expect(await read(files)).toMatchObject([{ name, missing: digestOf('lost') }]);
  });

  it.each([
    [
      'no manifest',
      (files: Record<string, string>) => {
        for (const path of Object.keys(files)) if (path.startsWith('blobs/')) delete files[path];
      },
      /^content digest sha256:\w+: not found$/,
    ],
    [
      'another version',
      (files: Record<string, string>) => {
        files['oci-layout'] = '{"imageLayoutVersion":"2.0.0"}';
      },
      /^unsupported OCI version 2\.0\.0$/,
    ],
    [
      'an index that is no JSON',
      (files: Record<string, string>) => {
        files['index.json'] = 'no JSON';
      },
      /^untar index\.json: /,
    ],
  ] as const)('fails with %s', async (_, change, message) => {
    const files = { ...ociFiles(name, ['layer']) } as Record<string, string>;
    change(files);
    await expect(read(files)).rejects.toThrow(message);
  });
});

describe('an archive that docker saves', () => {
  const files = {
    'config.json': '{}',
    'abc/layer.tar': 'content',
    'manifest.json': JSON.stringify([
      { Config: 'config.json', RepoTags: ['app:v1', 'app:latest'], Layers: ['abc/layer.tar'] },
    ]),
  };

  it('has an image by each of its tags', async () => {
    const found = await read(files);
    expect(found.map((image) => image.name)).toEqual([
      'docker.io/library/app:v1',
      'docker.io/library/app:latest',
    ]);
    expect(found[0]?.layers).toEqual([{ digest: digestOf('content'), size: 7 }]);
    expect(found[0]?.digest).toBe(found[1]?.digest);
  });

  it('fails without one of its layers, or its configuration', async () => {
    const { 'abc/layer.tar': _, ...lacking } = files;
    await expect(read(lacking)).rejects.toThrow('layer "abc/layer.tar" not found');
    const { 'config.json': __, ...bare } = files;
    await expect(read(bare)).rejects.toThrow('image config "config.json" not found');
  });
});

describe('what is no archive of images', () => {
  it('is recognised by what it lacks', async () => {
    await expect(read({ 'readme.txt': 'hello' })).rejects.toThrow('unrecognized image format');
    await expect(read(new Uint8Array())).rejects.toThrow('unrecognized image format');
    await expect(read(Buffer.alloc(600, 'x'))).rejects.toThrow('archive/tar: invalid tar header');
  });

  it('is one that ends early', async () => {
    const whole = archiveOf(ociFiles(name, ['x'.repeat(3_000)]));
    await expect(read(whole.subarray(0, 700))).rejects.toThrow('unexpected EOF');
    await expect(read(whole.subarray(0, 300))).rejects.toThrow('unexpected EOF');
  });
});

describe('tar', () => {
  async function names(bytes: Uint8Array) {
    const list: (readonly [string, string | undefined])[] = [];
    for await (const file of readTar(inPieces(bytes, 100))) list.push([file.name, file.link]);
    return list;
  }

  it('has long names in extended headers, of POSIX and of GNU', async () => {
    const long = `${'directory/'.repeat(20)}file`;
    const record = ` path=${long}\n`;
    const length = record.length + String(record.length + 3).length;
    const posix = withType(archiveOf({ pax: `${length}${record}` }), 'x');
    const gnu = withType(archiveOf({ '././@LongLink': `${long}\0` }), 'L');
    const file = archiveOf({ short: 'content', next: '' });
    const end = 1024;
    expect(await names(Buffer.concat([posix.subarray(0, -end), file]))).toEqual([
      [long, undefined],
      ['next', undefined],
    ]);
    expect(await names(Buffer.concat([gnu.subarray(0, -end), file]))).toEqual([
      [long, undefined],
      ['next', undefined],
    ]);
  });

  it('has links, and directories that are left out', async () => {
    const link = withType(archiveOf({ link: '' }), '2', 'target');
    const folder = withType(archiveOf({ 'folder/': '' }), '5');
    const bytes = Buffer.concat([
      link.subarray(0, 512),
      folder.subarray(0, 512),
      archiveOf({ a: 'b' }),
    ]);
    expect(await names(bytes)).toEqual([
      ['link', 'target'],
      ['a', undefined],
    ]);
  });
});

/** Changes what the first entry is. */
function withType(archive: Buffer, type: string, link = ''): Buffer {
  const header = archive.subarray(0, 512);
  header.write(type, 156);
  header.write(link, 157);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return archive;
}
