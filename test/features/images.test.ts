import type { ClusterOptions } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { configuration } from '../../generated/features/configuration.js';
import {
  type ContainerdInstance,
  type ImageServiceImportRequest,
  type ImagesClient,
  images,
  imagesMethods,
} from '../../generated/features/images.js';
import { lifecycle } from '../../generated/features/lifecycle.js';
import type { Init } from '../../src/runtime/codec.js';
import { config } from '../../testkit/src/topics/config/config.js';
import { imageVerificationRuleKind } from '../../testkit/src/topics/cosi/kinds/security.js';
import { services } from '../../testkit/src/topics/services/services.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';
import { archiveOf, ociFiles } from '../support/image-archive.js';

const covered = recordCoverage();

const kubernetes = { driver: 'CRI', namespace: 'NS_CRI' } as const;
const talos = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
const memory = { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' } as const;
const installer = 'ghcr.io/siderolabs/installer:v1.14.1';

async function started(options: ClusterOptions = {}) {
  const cluster = covered(await tlsCluster(options));
  const node = cluster.node('cp-1');
  const target = cluster.client().node(node.address);
  return { cluster, node, target, client: images(target) };
}

async function namesOf(
  client: ImagesClient,
  containerd: Parameters<ImagesClient['list']>[0]['containerd'],
): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of client.list({ containerd })) names.push(name);
  return names;
}

async function read<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of stream) list.push(item);
  return list;
}

function* upload(
  archive: Uint8Array,
  containerd: Init<ContainerdInstance> = talos,
): Generator<Init<ImageServiceImportRequest>> {
  yield { request: { case: 'containerd', value: containerd } };
  for (let start = 0; start < archive.length; start += 1000) {
    const bytes = archive.subarray(start, start + 1000);
    yield { request: { case: 'imageChunk', value: { bytes } } };
  }
}

describe('list', () => {
  it('shows what Kubernetes and Talos run from, each by tag and by digest', async () => {
    const { client } = await started();
    const list = await read(client.list({ containerd: kubernetes }));
    const proxy = list.find(({ name }) => name.startsWith('registry.k8s.io/kube-proxy:v1.'));
    expect(proxy).toMatchObject({
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      labels: { 'io.cri-containerd.image': 'managed' },
    });
    expect(proxy?.size).toBeGreaterThan(1_000_000n);
    expect(proxy?.createdAt?.seconds).toBeGreaterThan(0n);
    const names = list.map(({ name }) => name);
    expect(names).toContain(`registry.k8s.io/kube-proxy@${proxy?.digest}`);
    expect(names).toEqual([...names].sort());
    const own = await namesOf(client, talos);
    expect(own.some((name) => name.startsWith('ghcr.io/siderolabs/kubelet:'))).toBe(true);
    expect(own.some((name) => name.startsWith('registry.k8s.io/etcd:'))).toBe(true);
    expect(await namesOf(client, memory)).toEqual([]);
  });

  it('is refused to those who may only verify, and ends when the caller gives up', async () => {
    const { cluster, node, client } = await started();
    const verifier = images(cluster.client({ role: 'os:image:verifier' }));
    await expectRefused(namesOf(verifier, talos));
    await expectCancelled(node, imagesMethods.list, (options) =>
      read(client.list({ containerd: talos }, options)),
    );
  });

  it('fails for places that do not exist, and while containerd is down', async () => {
    const { client, node } = await started();
    const unknown = { driver: 'CRI', namespace: 'NS_UNKNOWN' } as const;
    expect(await failureOf(namesOf(client, unknown))).toMatchObject({
      status: 'invalid-argument',
      reason: 'invalid containerd namespace NS_UNKNOWN',
    });
    const wrong = { driver: 'CONTAINERD', namespace: 'NS_CRI' } as const;
    expect(await failureOf(namesOf(client, wrong))).toMatchObject({ status: 'invalid-argument' });
    node.machine.state(services).stopService('cri');
    await node.until(() => !node.machine.state(services).isUp('cri'));
    expect(await failureOf(namesOf(client, talos))).toMatchObject({ status: 'unavailable' });
    expect(await namesOf(client, memory)).toEqual([]);
  });
});

describe('pull', () => {
  it('tells how far each layer is, and at last the reference with its digest', async () => {
    const { client } = await started();
    const replies = await read(client.pull({ containerd: talos, imageRef: installer }));
    const last = replies.at(-1)?.response;
    expect(last).toMatchObject({
      case: 'name',
      value: expect.stringMatching(/^ghcr\.io\/siderolabs\/installer@sha256:[0-9a-f]{64}$/),
    });
    const steps = new Map<string, string[]>();
    for (const { response } of replies.slice(0, -1)) {
      if (response.case !== 'pullProgress') throw new Error(`unexpected ${response.case}`);
      const { layerId, progress } = response.value;
      steps.set(layerId, [...(steps.get(layerId) ?? []), String(progress?.status)]);
    }
    expect(steps.size).toBeGreaterThanOrEqual(2);
    for (const [layerId, list] of steps) {
      expect(layerId).toMatch(/^[0-9a-f]{12}$/);
      expect(list.join(' ')).toMatch(
        /^(DOWNLOADING )*DOWNLOAD_COMPLETE (EXTRACTING )+EXTRACT_COMPLETE$/,
      );
    }
    expect(await namesOf(client, talos)).toEqual(
      expect.arrayContaining([installer, last?.value as string]),
    );
  });

  it('gives the installer of an upgrade, in the place that the upgrade names', async () => {
    const { client, target } = await started();
    const upgrade = async (containerd: typeof talos | typeof memory) => {
      const source = { imageName: installer };
      const replies = await read(lifecycle(target).upgrade({ containerd, source }));
      return replies.at(-1)?.progress?.response;
    };
    expect(await failureOf(upgrade(talos))).toMatchObject({ status: 'internal' });
    await read(client.pull({ containerd: talos, imageRef: installer }));
    expect(await failureOf(upgrade(memory))).toMatchObject({ status: 'internal' });
    expect(await upgrade(talos)).toEqual({ case: 'exitCode', value: 0 });
  });

  it('gives an image that is there at once, without progress', async () => {
    const { client } = await started();
    const request = { containerd: memory, imageRef: installer };
    const first = await read(client.pull(request));
    expect(await read(client.pull(request))).toEqual(first.slice(-1));
  });

  it('is refused to readers', async () => {
    const { cluster } = await started();
    const reader = images(cluster.client({ role: 'os:reader' }));
    await expectRefused(read(reader.pull({ containerd: talos, imageRef: installer })));
  });

  it('leaves nothing when the caller goes away in the middle', async () => {
    const { cluster, client } = await started();
    for await (const { response } of client.pull({ containerd: talos, imageRef: installer })) {
      expect(response.case).toBe('pullProgress');
      break;
    }
    await cluster.journal.waitFor(
      ({ rpc, outcome }) => rpc === 'machine.ImageService/Pull' && outcome === 'cancelled',
    );
    expect(await namesOf(client, talos)).not.toContain(installer);
  });

  it('fails for what no registry has, and for what is no reference', async () => {
    const { client } = await started();
    const missing = 'ghcr.io/siderolabs/installer:nightly';
    expect(
      await failureOf(read(client.pull({ containerd: talos, imageRef: missing }))),
    ).toMatchObject({ status: 'not-found', reason: expect.stringContaining(missing) });
    expect(
      await failureOf(read(client.pull({ containerd: talos, imageRef: 'Not An Image' }))),
    ).toMatchObject({ status: 'unknown' });
    expect(
      await failureOf(
        read(client.pull({ containerd: talos, imageRef: 'registry.invalid/app:v1' })),
      ),
    ).toMatchObject({ status: 'unknown', reason: expect.stringContaining('no such host') });
  });
});

describe('import', () => {
  const name = 'registry.example.com/tools/debug:v1';
  const archive = archiveOf(ociFiles(name, ['one layer', 'another layer']));

  it('puts the image of an archive into the place that the first message names', async () => {
    const { client } = await started();
    expect(await client.import(upload(archive, memory))).toEqual({ name });
    expect(await namesOf(client, memory)).toEqual([name]);
    expect(await namesOf(client, talos)).not.toContain(name);
  });

  it('is refused to operators', async () => {
    const { cluster } = await started();
    const operator = images(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.import(upload(archive)));
  });

  it('ends when the caller gives up before the archive is whole', async () => {
    const { cluster, client } = await started();
    const caller = new AbortController();
    const reason = new Error('no more time');
    async function* parts() {
      yield* [...upload(archive)].slice(0, 2);
      const rpc = 'machine.ImageService/Import';
      await cluster.journal.waitFor((seen) => seen.rpc === rpc);
      caller.abort(reason);
      await new Promise(() => {});
    }
    await expect(client.import(parts(), { signal: caller.signal })).rejects.toBe(reason);
    await cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
    expect(await namesOf(client, talos)).not.toContain(name);
  });

  it('fails without a place, for what is no archive, and for one without an image', async () => {
    const { client } = await started();
    const [, ...chunks] = upload(archive);
    expect(await failureOf(client.import(chunks))).toMatchObject({
      status: 'invalid-argument',
      reason: 'containerd instance is required',
    });
    const text = Buffer.alloc(2048, 'this is no archive');
    expect(await failureOf(client.import(upload(text)))).toMatchObject({
      status: 'internal',
      reason: 'failed to import image: archive/tar: invalid tar header',
    });
    const nameless = archiveOf(ociFiles(undefined, ['one layer']));
    expect(await failureOf(client.import(upload(nameless)))).toMatchObject({
      status: 'invalid-argument',
      reason: 'no images imported from archive',
    });
  });
});

describe('remove', () => {
  it('takes one name away, and is not found the second time', async () => {
    const { client } = await started();
    await read(client.pull({ containerd: talos, imageRef: installer }));
    await client.remove({ containerd: talos, imageRef: installer });
    const names = await namesOf(client, talos);
    expect(names).not.toContain(installer);
    expect(names.some((name) => name.startsWith('ghcr.io/siderolabs/installer@'))).toBe(true);
    expect(
      await failureOf(client.remove({ containerd: talos, imageRef: installer })),
    ).toMatchObject({ status: 'not-found', reason: `image ${installer} not found` });
  });

  it('is refused to operators, and ends at the deadline', async () => {
    const { cluster, node, client } = await started();
    const request = { containerd: talos, imageRef: installer };
    await expectRefused(images(cluster.client({ role: 'os:operator' })).remove(request));
    await expectDeadline(node, imagesMethods.remove, (options) => client.remove(request, options));
  });
});

describe('verify', () => {
  const rules = `---
apiVersion: v1alpha1
kind: ImageVerificationConfig
rules:
  - image: ghcr.io/siderolabs/*
    keyless:
      issuer: https://accounts.google.com
      subjectRegex: "@siderolabs\\\\.com$"
  - image: registry.example.com/trusted/*
    skip: true
  - image: registry.example.com/*
    deny: true
  - image: index.docker.io/*
    keyless:
      issuer: https://accounts.google.com
      subject: somebody@example.com
`;

  async function ruled() {
    const all = await started();
    const data = Buffer.from(all.node.machine.state(config).active?.text + rules);
    await configuration(all.target).apply({ data, mode: 'NO_REBOOT' });
    return all;
  }

  it('says which images the rules of the node vouch for', async () => {
    const { cluster } = await ruled();
    const client = images(cluster.client({ role: 'os:image:verifier' }));
    expect(await client.verify({ imageRef: installer })).toEqual({
      verified: true,
      message: 'verified via bundle',
      digestedImageRef: expect.stringMatching(/^ghcr\.io\/siderolabs\/installer@sha256:/),
    });
    expect(await client.verify({ imageRef: 'registry.example.com/trusted/app:v1' })).toEqual({
      verified: false,
      message: 'verification skipped by matched rule (0001)',
      digestedImageRef: '',
    });
    expect(await client.verify({ imageRef: 'quay.io/app/app:v1' })).toMatchObject({
      verified: false,
      message: 'no matched rule',
    });
  });

  it('goes by rules that are resources, too', async () => {
    const { node } = await ruled();
    const rule = (id: string) => node.resources.spec(imageVerificationRuleKind, id);
    expect(rule('0000')).toEqual({
      imagePattern: 'ghcr.io/siderolabs/*',
      skip: false,
      deny: false,
      keylessVerifier: {
        issuer: 'https://accounts.google.com',
        subjectRegex: '@siderolabs\\.com$',
      },
    });
    expect(rule('0002')).toEqual({
      imagePattern: 'registry.example.com/*',
      skip: false,
      deny: true,
    });
    expect(rule('0004')).toBeUndefined();
  });

  it('fails with a denied permission for what a rule denies or nobody signed', async () => {
    const { client } = await ruled();
    expect(
      await failureOf(client.verify({ imageRef: 'registry.example.com/app:v1' })),
    ).toMatchObject({
      status: 'permission-denied',
      reason: 'verification denied by matched rule (0002)',
    });
    expect(await failureOf(client.verify({ imageRef: 'nginx' }))).toMatchObject({
      status: 'permission-denied',
      reason: expect.stringContaining('image verification failed'),
    });
    expect(await failureOf(client.verify({ imageRef: 'Not An Image' }))).toMatchObject({
      status: 'invalid-argument',
    });
  });

  it('decides what may be pulled', async () => {
    const { client } = await ruled();
    await read(client.pull({ containerd: talos, imageRef: installer }));
    const list = await read(client.list({ containerd: talos }));
    expect(list.find(({ name }) => name === installer)?.labels).toEqual({
      'talos.dev/verified': 'verified via bundle',
    });
    expect(
      await failureOf(read(client.pull({ containerd: talos, imageRef: 'nginx' }))),
    ).toMatchObject({ status: 'unknown', reason: expect.stringContaining('verification failed') });
  });

  it('is refused to those who may only write META, and ends when the caller gives up', async () => {
    const { cluster, node, client } = await started();
    const other = images(cluster.client({ role: 'os:meta:writer' }));
    await expectRefused(other.verify({ imageRef: installer }));
    await expectCancelled(node, imagesMethods.verify, (options) =>
      client.verify({ imageRef: installer }, options),
    );
  });
});

describe('the deprecated list and pull', () => {
  it('know the containerd of Kubernetes only', async () => {
    const { client } = await started();
    await client.pullLegacy({ namespace: 'NS_CRI', reference: 'nginx' });
    const list = await read(client.listLegacy({ namespace: 'NS_CRI' }));
    expect(list.map(({ name }) => name)).toContain('docker.io/library/nginx:latest');
    expect(list.map(({ name }) => name)).toEqual(await namesOf(client, kubernetes));
  });

  it('are refused to those without the role', async () => {
    const { cluster } = await started();
    const reader = images(cluster.client({ role: 'os:reader' }));
    await expectRefused(reader.pullLegacy({ namespace: 'NS_CRI', reference: 'nginx' }));
    const verifier = images(cluster.client({ role: 'os:image:verifier' }));
    await expectRefused(read(verifier.listLegacy({ namespace: 'NS_CRI' })));
  });

  it('end at the deadline, or when the caller gives up', async () => {
    const { node, client } = await started();
    await expectDeadline(node, imagesMethods.pullLegacy, (options) =>
      client.pullLegacy({ namespace: 'NS_CRI', reference: 'nginx' }, options),
    );
    await expectCancelled(node, imagesMethods.listLegacy, (options) =>
      read(client.listLegacy({ namespace: 'NS_CRI' }, options)),
    );
  });

  it('fail for the namespace of the zero value, and for what no registry has', async () => {
    const { client } = await started();
    const namespace = 'NS_UNKNOWN';
    expect(await failureOf(read(client.listLegacy({ namespace })))).toMatchObject({
      status: 'invalid-argument',
      reason: 'invalid namespace NS_UNKNOWN',
    });
    expect(await failureOf(client.pullLegacy({ namespace, reference: 'nginx' }))).toMatchObject({
      status: 'invalid-argument',
    });
    const reference = 'registry.k8s.io/pause:none';
    expect(await failureOf(client.pullLegacy({ namespace: 'NS_CRI', reference }))).toMatchObject({
      status: 'not-found',
    });
  });
});

describe('images in maintenance', () => {
  it('can be read by all, and pulled into memory by those who come over SideroLink', async () => {
    const plain = await started({ maintenance: true });
    const own = images(plain.cluster.client());
    expect(await namesOf(own, memory)).toEqual([]);
    await expectRefused(read(own.pull({ containerd: memory, imageRef: installer })));
    const linked = await started({ maintenance: true, sideroLink: true });
    const client = images(linked.cluster.client());
    await read(client.pull({ containerd: memory, imageRef: installer }));
    expect(await namesOf(client, memory)).toContain(installer);
  });
});
