import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { files } from '../../../generated/features/files.js';
import type { Target } from '../../../src/index.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { files as filesOf } from '../../../testkit/src/topics/files/files.js';
import { namesByTar, untar } from '../../support/untar.js';
import { startCluster } from '../support.js';

async function started() {
  const cluster = await startCluster();
  return {
    target: cluster.client().node('10.5.0.2'),
    system: cluster.node('cp-1').machine.state(filesOf),
  };
}

/** The archive, and the error that came after it. */
async function copied(target: Target, rootPath: string) {
  const chunks: Uint8Array[] = [];
  let problem = '';
  try {
    for await (const chunk of files(target).copy({ rootPath })) chunks.push(chunk);
  } catch (error) {
    problem = (error as TalosRpcError).reason;
  }
  return { archive: Buffer.concat(chunks), chunks, problem };
}

// Talos: Copy, an archive made by Go.
describe('Copy', () => {
  it('gives all of a node in one archive, and tells what was skipped', async () => {
    const { target } = await started();
    const { archive, chunks, problem } = await copied(target, '/');
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(1024);
    const entries = untar(archive);
    const names = entries.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['etc/', 'etc/os-release', 'var/lib/etcd/']));
    expect(names).not.toContain('./');
    expect(entries.find(({ name }) => name === 'bin')).toMatchObject({
      type: '2',
      target: 'usr/bin',
    });
    expect(entries.find(({ name }) => name === 'dev/null')?.type).toBe('3');
    expect(entries.find(({ name }) => name === 'dev/sda')?.type).toBe('4');
    expect(problem).toContain(
      'skipping "/proc/sys/net/ipv6/conf/all/stable_secret": ' +
        'read /proc/sys/net/ipv6/conf/all/stable_secret: input/output error',
    );
    expect(problem).toContain(
      'skipping "/run/containerd/containerd.sock": archive/tar: sockets not supported',
    );
    const skipped = problem.match(/\t\* skipping/g)?.length;
    expect(problem).toContain(`${skipped} errors occurred:`);
    const listed = namesByTar(archive);
    if (listed !== undefined) expect(listed).toEqual(names);
  });

  it('has what the kernel makes, up to the size that is read of it', async () => {
    const { target, system } = await started();
    const { archive } = await copied(target, '/proc/sys/kernel');
    const osType = untar(archive).find(({ name }) => name === 'ostype');
    expect(osType?.content.toString()).toBe('Linux\n');
    system.put('/proc/large', { kind: 'file', content: () => Buffer.alloc(4_096, 'x') });
    system.put('/proc/fits', { kind: 'file', content: () => Buffer.alloc(4_095, 'x') });
    const large = await copied(target, '/proc/large');
    expect(untar(large.archive).map(({ name, content }) => [name, content.length])).toEqual([
      ['large', 0],
    ]);
    const fits = await copied(target, '/proc/fits');
    expect(untar(fits.archive)[0]?.content).toHaveLength(4_095);
  });

  it('keeps names that are long, or not in ASCII', async () => {
    const { target, system } = await started();
    const folder = 'f'.repeat(90);
    const names = [
      `${folder}/${'n'.repeat(100)}`,
      `${folder}/${'n'.repeat(101)}`,
      `${folder}/${folder}/${folder}/deep`,
      'Überblick.txt',
    ];
    for (const name of names) system.write(`/var/a/${name}`, name);
    system.put('/var/a/link', { kind: 'symlink', target: `/${'t'.repeat(120)}` });
    const { archive, problem } = await copied(target, '/var/a');
    expect(problem).toBe('');
    const entries = untar(archive);
    const contents = new Map(entries.map(({ name, content }) => [name, content.toString()]));
    for (const name of names) expect(contents.get(name)).toBe(name);
    expect(entries.find(({ name }) => name === 'link')?.target).toBe(`/${'t'.repeat(120)}`);
    const listed = namesByTar(archive);
    if (listed !== undefined) expect(listed).toHaveLength(entries.length);
  });

  it('is cut where a file ends too early, and all after that is skipped', async () => {
    const { target, system } = await started();
    system.write('/var/a/1', 'whole');
    system.write('/var/a/2', Buffer.alloc(3_000, 'x'));
    system.write('/var/a/3', 'lost');
    system.break('/var/a/2', 'EIO', { afterBytes: 1_000 });
    const { archive, problem } = await copied(target, '/var/a');
    const missed = 'archive/tar: missed writing 2000 bytes';
    expect(problem).toContain(
      [
        '3 errors occurred:',
        '* skipping "/var/a/2": read /var/a/2: input/output error',
        `* skipping "/var/a/3": ${missed}`,
        `* ${missed}`,
      ].join('\n\t'),
    );
    expect(gunzipSync(archive)).toHaveLength(512 + 512 + 512 + 1_000);
    expect(() => untar(archive)).toThrow('the archive has no end');
  });

  it('gives a single file by its name', async () => {
    const { target } = await started();
    const { archive } = await copied(target, '/etc/kubernetes/../hostname');
    expect(untar(archive).map(({ name, content }) => [name, content.toString()])).toEqual([
      ['hostname', 'cp-1\n'],
    ]);
  });

  it('is an empty archive for an empty directory, and none for a missing one', async () => {
    const { target } = await started();
    const empty = await copied(target, '/boot');
    expect(empty.problem).toBe('');
    expect(untar(empty.archive)).toEqual([]);
    const missing = await copied(target, '/none');
    expect(missing.archive).toHaveLength(0);
    expect(missing.problem).toContain('lstat /none: no such file or directory');
  });
});
