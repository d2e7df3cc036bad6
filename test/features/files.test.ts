import { describe, expect, it } from 'vitest';
import { type FileInfo, files, filesMethods } from '../../generated/features/files.js';
import { collect } from '../../src/index.js';
import { config } from '../../testkit/src/topics/config/config.js';
import { files as filesOf } from '../../testkit/src/topics/files/files.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';
import { untar } from '../support/untar.js';

const covered = recordCoverage();
const GO_DIRECTORY = 2 ** 31;
const GO_SYMLINK = 2 ** 27;

async function started() {
  const cluster = covered(await tlsCluster());
  const node = cluster.node('cp-1');
  return {
    cluster,
    node,
    target: cluster.client().node('10.5.0.2'),
    system: node.machine.state(filesOf),
  };
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await collect(chunks)).toString();
}

function named(list: readonly FileInfo[], name: string): FileInfo {
  const found = list.find((entry) => entry.relativeName === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

describe('list', () => {
  it('gives the root first and then what is in it, with modes as Go has them', async () => {
    const { target } = await started();
    const list = await collect(files(target).list({ root: '/' }));
    expect(list[0]).toMatchObject({ name: '/', relativeName: '.', isDir: true });
    expect(list.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['/dev', '/etc', '/proc', '/system', '/usr', '/var']),
    );
    expect(list.filter(({ name }) => name.split('/').length > 2)).toEqual([]);
    expect(named(list, 'var').mode).toBe(GO_DIRECTORY + 0o755);
    expect(named(list, 'bin')).toMatchObject({ mode: GO_SYMLINK + 0o777, link: 'usr/bin' });
    const [single, ...others] = await collect(files(target).list({ root: '/etc/hostname' }));
    expect(others).toEqual([]);
    expect(single).toMatchObject({ name: '/etc/hostname', relativeName: 'hostname', size: 5n });
  });

  it('is open to readers, and refused to a role that only writes META', async () => {
    const { cluster } = await started();
    await collect(files(cluster.client({ role: 'os:reader' })).list({ root: '/etc' }));
    const writer = files(cluster.client({ role: 'os:meta:writer' }));
    await expectRefused(collect(writer.list({ root: '/etc' })));
  });

  it('ends when the caller gives up, and at the deadline', async () => {
    const { node, target } = await started();
    await expectCancelled(node, filesMethods.list, (options) =>
      collect(files(target).list({ root: '/' }, options)),
    );
    await expectDeadline(node, filesMethods.list, (options) =>
      collect(files(target).list({ root: '/' }, options)),
    );
  });

  it('fails for a root that is not there', async () => {
    const { target } = await started();
    const error = await failureOf(collect(files(target).list({ root: '/nowhere' })));
    expect(error).toMatchObject({ status: 'unknown' });
    expect(error.message).toContain('lstat /nowhere: no such file or directory');
  });
});

describe('read', () => {
  it('gives the configuration, the release and the boot id that the rest of the API shows', async () => {
    const { node, target } = await started();
    const client = files(target);
    const wanted = node.machine.state(config).persistent?.text;
    expect(await text(client.read({ path: '/system/state/config.yaml' }))).toBe(wanted);
    expect(await text(client.read({ path: '/etc/os-release' }))).toContain('VERSION_ID=v1.14.0\n');
    const bootId = await text(client.read({ path: '/proc/sys/kernel/random/boot_id' }));
    expect(bootId).toBe(`${node.machine.bootId}\n`);
  });

  it('comes in chunks of at most 1024 bytes', async () => {
    const { target, system } = await started();
    system.write('/var/data', Buffer.alloc(3_000, 'x'));
    const chunks = await collect(files(target).read({ path: '/var/data' }));
    expect(chunks.map(({ length }) => length)).toEqual([1024, 1024, 952]);
  });

  it('is refused to operators', async () => {
    const { cluster } = await started();
    const operator = files(cluster.client({ role: 'os:operator' }));
    await expectRefused(collect(operator.read({ path: '/etc/os-release' })));
  });

  it('ends when the caller gives up', async () => {
    const { node, target } = await started();
    await expectCancelled(node, filesMethods.read, (options) =>
      collect(files(target).read({ path: '/etc/hosts' }, options)),
    );
  });

  it('fails as not found for what is missing, and as unknown for what is no file', async () => {
    const { target, system } = await started();
    const client = files(target);
    expect(await failureOf(collect(client.read({ path: '/etc/none' })))).toMatchObject({
      status: 'not-found',
    });
    const folder = await failureOf(collect(client.read({ path: '/etc' })));
    expect(folder).toMatchObject({ status: 'unknown' });
    expect(folder.message).toContain('path must be a regular file');
    system.break('/etc/hosts', 'EIO');
    expect(await failureOf(collect(client.read({ path: '/etc/hosts' })))).toMatchObject({
      status: 'unknown',
    });
  });
});

describe('copy', () => {
  it('gives a directory as tar.gz, with names from it and without itself', async () => {
    const { node, target } = await started();
    const archive = Buffer.concat(await collect(files(target).copy({ rootPath: '/system/state' })));
    const entries = untar(archive);
    expect(entries.map(({ name }) => name)).toEqual([
      'config.yaml',
      'node-identity.yaml',
      'platform-network.yaml',
    ]);
    expect(entries[0]?.mode).toBe(0o600);
    expect(entries[0]?.content.toString()).toBe(node.machine.state(config).persistent?.text);
  });

  it('is refused to readers', async () => {
    const { cluster } = await started();
    const reader = files(cluster.client({ role: 'os:reader' }));
    await expectRefused(collect(reader.copy({ rootPath: '/etc' })));
  });

  it('ends when the caller gives up', async () => {
    const { node, target } = await started();
    await expectCancelled(node, filesMethods.copy, (options) =>
      collect(files(target).copy({ rootPath: '/etc' }, options)),
    );
  });

  it('fails after the whole archive when something was skipped', async () => {
    const { target, system } = await started();
    system.break('/etc/kubernetes/kubelet.yaml', 'EIO');
    const chunks: Uint8Array[] = [];
    const reading = async () => {
      for await (const chunk of files(target).copy({ rootPath: '/etc/kubernetes' })) {
        chunks.push(chunk);
      }
    };
    const error = await failureOf(reading());
    expect(error).toMatchObject({ status: 'unknown' });
    expect(error.message).toContain(
      'skipping "/etc/kubernetes/kubelet.yaml": open /etc/kubernetes/kubelet.yaml: input/output error',
    );
    const names = untar(Buffer.concat(chunks)).map(({ name }) => name);
    expect(names).toContain('kubeconfig-kubelet');
    expect(names).toContain('manifests/');
    expect(names).not.toContain('kubelet.yaml');
  });

  it('fails for a path that is not absolute', async () => {
    const { target } = await started();
    const error = await failureOf(collect(files(target).copy({ rootPath: 'etc' })));
    expect(error).toMatchObject({ status: 'unknown' });
    expect(error.message).toContain('path is not absolute etc');
  });
});

describe('disk usage', () => {
  it('gives what is in a directory before it, and counts it there', async () => {
    const { target, system } = await started();
    system.write('/var/data/a', Buffer.alloc(1_000));
    system.write('/var/data/deep/b', Buffer.alloc(500));
    const list = await collect(files(target).diskUsage({ paths: ['/var/data'], all: true }));
    expect(list.map(({ relativeName }) => relativeName)).toEqual(['a', 'deep/b', 'deep', '.']);
    const [a, b, deep, root] = list.map(({ size }) => size);
    expect([a, b]).toEqual([1_000n, 500n]);
    expect(deep).toBeGreaterThan(500n);
    expect(root).toBeGreaterThan(1_000n + (deep ?? 0n));
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    const writer = files(cluster.client({ role: 'os:meta:writer' }));
    await expectRefused(collect(writer.diskUsage({ paths: ['/var'] })));
  });

  it('ends at the deadline of the caller', async () => {
    const { node, target } = await started();
    await expectDeadline(node, filesMethods.diskUsage, (options) =>
      collect(files(target).diskUsage({ paths: ['/'] }, options)),
    );
  });

  it('tells of a path that is not there in its entry, and of a failing node by its status', async () => {
    const { node, target } = await started();
    const [entry] = await collect(files(target).diskUsage({ paths: ['/nowhere'] }));
    expect(entry?.error).toBe('lstat /nowhere: no such file or directory');
    node.fail(filesMethods.diskUsage, 'unavailable');
    expect(await failureOf(collect(files(target).diskUsage({ paths: ['/var'] })))).toMatchObject({
      status: 'unavailable',
    });
  });
});

describe('mounts', () => {
  it('gives the file systems with their sizes', async () => {
    const { target } = await started();
    const { stats } = await files(target).mounts();
    const data = stats.find(({ mountedOn }) => mountedOn === '/var');
    expect(data).toMatchObject({ filesystem: '/dev/sda4' });
    expect(data?.size).toBeGreaterThan(17n * 2n ** 30n);
    expect(data?.available).toBeLessThan(data?.size ?? 0n);
    expect(stats.find(({ mountedOn }) => mountedOn === '/')).toMatchObject({ available: 0n });
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    await expectRefused(files(cluster.client({ role: 'os:meta:writer' })).mounts());
  });

  it('ends at the deadline of the caller', async () => {
    const { node, target } = await started();
    await expectDeadline(node, filesMethods.mounts, (options) => files(target).mounts({}, options));
  });

  it('fails as a whole when one of them cannot be measured', async () => {
    const { target, system } = await started();
    system.break('/var', 'ESTALE');
    const error = await failureOf(files(target).mounts());
    expect(error).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('1 error occurred:\n\t* stale file handle'),
    });
  });
});
