import { describe, expect, it } from 'vitest';
import { ServerStatus } from '../../../testkit/src/base/calls/status.js';
import type { Machine } from '../../../testkit/src/base/machine.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { reset } from '../../../testkit/src/node/sequences/reset.js';
import { resetPlan } from '../../../testkit/src/node/sequences/reset-plan.js';
import { sequences } from '../../../testkit/src/node/sequences/sequences.js';
import { config } from '../../../testkit/src/topics/config/config.js';
import { readConfig } from '../../../testkit/src/topics/config/machine-config.js';
import { images } from '../../../testkit/src/topics/images/images.js';
import { hasImage, placeOf } from '../../../testkit/src/topics/images/lookup.js';
import { type LayerProgress, pullImage } from '../../../testkit/src/topics/images/pull.js';
import { verifyImage } from '../../../testkit/src/topics/images/verify.js';
import { startCluster } from '../support.js';

const installer = 'ghcr.io/siderolabs/installer:v1.14.1';
const talos = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
const memory = { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' } as const;

async function started(workers = 0) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, workers });
  const { machine } = cluster.node('cp-1');
  return { clock, cluster, machine };
}

/** Pulls while the clock is turned, and notes when each step was told. */
async function pull(clock: ManualClock, machine: Machine, text: string) {
  const start = clock.now();
  const steps: (LayerProgress & { readonly at: number })[] = [];
  let name: string | undefined;
  const signal = new AbortController().signal;
  const reading = (async () => {
    const pulling = pullImage(machine, 'CRI/NS_SYSTEM', text, signal);
    for (;;) {
      const { done, value } = await pulling.next();
      if (done === true) return value;
      steps.push({ ...value, at: clock.now() - start });
    }
  })().then((value) => {
    name = value;
  });
  for (let turns = 0; name === undefined && turns < 100; turns += 1) await clock.advance(100);
  await reading;
  return { name, steps };
}

function namesOf(machine: Machine, place = 'CRI/NS_SYSTEM' as const): string[] {
  return machine
    .state(images)
    .at(place)
    .list()
    .map(({ name }) => name);
}

// Talos: internal/pkg/containers/image, its progress every 100 ms.
describe('a pull', () => {
  it('tells every 100 ms of the cluster how far it is', async () => {
    const { clock, machine } = await started();
    const { steps } = await pull(clock, machine, installer);
    expect(steps.length).toBeGreaterThan(4);
    for (const { at } of steps) expect(at % 100).toBe(0);
    expect(steps[0]?.at).toBe(100);
    for (const { status, offset, layer, elapsed } of steps) {
      if (status === 'DOWNLOADING') expect(offset).toBeLessThan(layer.size);
      expect(elapsed === undefined).toBe(status !== 'EXTRACTING');
    }
  });

  it('unpacks one layer upon the other, and downloads no more than three at a time', async () => {
    const { clock, cluster, machine } = await started();
    cluster.registry.add('registry.example.com/large:v3');
    const { steps } = await pull(clock, machine, 'registry.example.com/large:v3');
    const done = steps.filter(({ status }) => status === 'EXTRACT_COMPLETE');
    const image = machine.state(images).at('CRI/NS_SYSTEM').find('registry.example.com/large:v3');
    expect(done.map(({ layer }) => layer)).toEqual(image?.layers);
    const times = new Set(steps.map(({ at }) => at));
    for (const time of times) {
      const at = steps.filter((step) => step.at === time);
      expect(at.filter(({ status }) => status === 'DOWNLOADING').length).toBeLessThanOrEqual(3);
      expect(at.filter(({ status }) => status === 'EXTRACTING').length).toBeLessThanOrEqual(1);
    }
  });

  it('does not download layers that other images have', async () => {
    const { clock, machine } = await started();
    await pull(clock, machine, installer);
    const { steps } = await pull(clock, machine, 'ghcr.io/siderolabs/installer:v1.14.2');
    const [base] = steps;
    expect(base?.status).toBe('ALREADY_EXISTS');
    const ofBase = steps.filter(({ layer }) => layer.digest === base?.layer.digest);
    expect(ofBase.map(({ status }) => status)).toEqual(['ALREADY_EXISTS', 'EXTRACT_COMPLETE']);
    expect(steps.some(({ status }) => status === 'DOWNLOAD_COMPLETE')).toBe(true);
  });

  it('gives the same image on each node, and by its digest', async () => {
    const { clock, cluster, machine } = await started(1);
    const other = cluster.node('worker-1').machine;
    const { name } = await pull(clock, machine, installer);
    expect((await pull(clock, other, installer)).name).toBe(name);
    expect(await pull(clock, machine, `${name}`)).toEqual({ name, steps: [] });
    const digest = name?.slice(name.indexOf('@') + 1);
    expect(namesOf(machine)).toEqual(expect.arrayContaining([installer, name, digest]));
  });

  it('leaves nothing when the node loses power', async () => {
    const { clock, machine } = await started();
    const signal = machine.bootSignal;
    const pulling = pullImage(machine, 'CRI/NS_SYSTEM', installer, signal);
    const first = pulling.next();
    await clock.advance(100);
    expect((await first).done).toBe(false);
    machine.halt('crash');
    await expect(
      (async () => {
        while ((await pulling.next()).done !== true);
      })(),
    ).rejects.toBe('crash');
    expect(namesOf(machine)).not.toContain(installer);
  });

  it('fails for what was withdrawn, although a node that has it keeps it', async () => {
    const { clock, cluster, machine } = await started(1);
    await pull(clock, machine, installer);
    cluster.registry.withdraw(installer);
    expect((await pull(clock, machine, installer)).steps).toEqual([]);
    const other = cluster.node('worker-1').machine;
    const { signal } = new AbortController();
    await expect(pullImage(other, 'CRI/NS_SYSTEM', installer, signal).next()).rejects.toThrow(
      `failed to resolve reference "${installer}": ${installer}: not found`,
    );
  });
});

describe('the registries', () => {
  it.each([
    'ghcr.io/siderolabs/installer:v1.14.1',
    'ghcr.io/siderolabs/talos:v1.14.0-rc.1',
    `factory.talos.dev/metal-installer/${'0a'.repeat(32)}:v1.14.1`,
    'registry.k8s.io/kube-apiserver:v1.36.0',
    'registry.k8s.io/coredns/coredns:v1.13.1',
    'gcr.io/etcd-development/etcd:v3.6.4',
    'alpine',
    `ghcr.io/siderolabs/installer@sha256:${'0'.repeat(64)}`,
  ])('have %s', async (image) => {
    const { clock, machine } = await started();
    const { name } = await pull(clock, machine, image);
    expect(name).toContain('@sha256:');
  });

  it.each([
    'nosuch.example/x:1',
    'ghcr.io/siderolabs/nothing:v1.14.0',
    'ghcr.io/siderolabs/installer:latest',
    'ghcr.io/somebody/installer:v1.14.0',
    'docker.io/somebody/alpine:3.22',
    `factory.talos.dev/installer/short:v1.14.1`,
    `registry.example.com/app@sha256:${'0'.repeat(64)}`,
  ])('do not have %s', async (image) => {
    const { machine } = await started();
    const { signal } = new AbortController();
    await expect(pullImage(machine, 'CRI/NS_SYSTEM', image, signal).next()).rejects.toEqual(
      new ServerStatus(
        'not-found',
        `error pulling image: failed to pull image "${image}": ` +
          `failed to resolve reference "${image}": ${image}: not found`,
      ),
    );
  });

  it('have what is added, by its tag and by its digest, until it is withdrawn', async () => {
    const { clock, cluster, machine } = await started(1);
    const image = 'registry.example.com/app:v1';
    cluster.registry.add(image);
    const { name = '' } = await pull(clock, machine, image);
    const other = cluster.node('worker-1').machine;
    expect((await pull(clock, other, name)).name).toBe(name);
    cluster.registry.withdraw(image);
    machine.state(images).at('CRI/NS_SYSTEM').clear();
    const { signal } = new AbortController();
    const again = pullImage(machine, 'CRI/NS_SYSTEM', image, signal).next();
    await expect(again).rejects.toMatchObject({ status: 'not-found' });
    cluster.registry.add(image);
    expect((await pull(clock, machine, image)).name).toBe(name);
  });

  it('cannot be reached where the host does not exist, which says containerd', async () => {
    const { machine } = await started();
    const { signal } = new AbortController();
    await expect(
      pullImage(machine, 'CRI/NS_SYSTEM', 'registry.invalid:5000/team/app:v1', signal).next(),
    ).rejects.toThrow(
      'failed to pull image "registry.invalid:5000/team/app:v1": failed to resolve reference ' +
        '"registry.invalid:5000/team/app:v1": failed to do request: ' +
        'Head "https://registry.invalid:5000/v2/team/app/manifests/v1": ' +
        'dial tcp: lookup registry.invalid: no such host',
    );
  });
});

describe('the images of a node', () => {
  it('survive a reboot on disk, and not in memory', async () => {
    const { clock, machine } = await started();
    machine.state(images).add('CRI/NS_SYSTEM', installer);
    machine.state(images).add('CONTAINERD/NS_SYSTEM', installer);
    expect(hasImage(machine, memory, installer)).toBe(true);
    machine.halt('crash');
    machine.boot();
    await clock.advance(10_000);
    expect(machine.stage).toBe('RUNNING');
    expect(hasImage(machine, talos, installer)).toBe(true);
    expect(hasImage(machine, memory, installer)).toBe(false);
  });

  it('are found by the names that they have, and by no other', async () => {
    const { machine } = await started();
    machine.state(images).add('CRI/NS_SYSTEM', 'alpine');
    expect(hasImage(machine, talos, 'docker.io/library/alpine:latest')).toBe(true);
    expect(hasImage(machine, talos, 'alpine')).toBe(false);
    expect(hasImage(machine, { driver: 'CRI', namespace: 'NS_CRI' }, 'alpine')).toBe(false);
  });

  it('come back when a service is started that needs one', async () => {
    const { clock, machine } = await started();
    const store = machine.state(images).at('CRI/NS_SYSTEM');
    const kubelet = namesOf(machine).find((name) => name.includes('/kubelet:')) ?? '';
    expect(store.remove(kubelet)).toBe(true);
    expect(namesOf(machine)).not.toContain(kubelet);
    machine.halt('crash');
    machine.boot();
    await clock.advance(10_000);
    expect(machine.stage).toBe('RUNNING');
    expect(namesOf(machine)).toContain(kubelet);
  });

  it('are gone from the disk with the EPHEMERAL volume', async () => {
    const { clock, cluster } = await started(1);
    const { machine } = cluster.node('worker-1');
    machine.state(images).add('CRI/NS_SYSTEM', installer);
    const request = {
      graceful: false,
      reboot: true,
      systemPartitionsToWipe: [{ label: 'EPHEMERAL', wipe: true }],
      userDisksToWipe: [],
      mode: 'ALL',
    } as const;
    const plan = await resetPlan(machine, request as never);
    const { boots } = machine;
    machine.state(sequences).run(reset(machine, plan), { actorId: '' });
    await clock.advance(10_000);
    expect(machine.boots).toBe(boots + 1);
    expect(machine.stage).toBe('RUNNING');
    expect(namesOf(machine)).not.toContain(installer);
    expect(namesOf(machine).some((name) => name.includes('/kubelet:'))).toBe(true);
  });

  it.each([
    [undefined, 'invalid containerd namespace NS_UNKNOWN'],
    [{ driver: 'CRI' }, 'invalid containerd namespace NS_UNKNOWN'],
    [{ driver: 7, namespace: 'NS_CRI' }, 'invalid containerd driver 7'],
    [{ namespace: 'NS_CRI' }, 'cannot use CRI namespace with containerd driver'],
  ] as const)('are in no place such as %j', async (instance, message) => {
    const { machine } = await started();
    expect(() => placeOf(machine, instance)).toThrow(new ServerStatus('invalid-argument', message));
  });
});

describe('the verification of an image', () => {
  async function ruled(...rules: string[]) {
    const all = await started();
    const { machine } = all;
    const text = `${machine.state(config).active?.text}---
apiVersion: v1alpha1
kind: ImageVerificationConfig
rules: [${rules.join(', ')}]
`;
    machine.state(config).activate(readConfig(text, machine.talosVersion));
    return all;
  }

  it('goes by the first rule whose pattern fits all of the repository', async () => {
    const { machine } = await ruled(
      '{ image: example.com/a, deny: true }',
      '{ image: "example.com/*", skip: true }',
      '{ image: "*", deny: true }',
    );
    const message = (text: string) => verifyImage(machine, text).message;
    expect(() => message('example.com/a:v1')).toThrow('denied by matched rule (0000)');
    expect(message('example.com/ab:v1')).toBe('verification skipped by matched rule (0001)');
    expect(() => message('quay.io/a:v1')).toThrow('denied by matched rule (0002)');
  });

  it('takes a name of Docker Hub that its library has', async () => {
    const { machine } = await ruled('{ image: "docker.io/*", deny: true }');
    expect(verifyImage(machine, 'alpine').message).toBe('no matched rule');
    const other = await ruled('{ image: "index.docker.io/library/*", deny: true }');
    expect(() => verifyImage(other.machine, 'alpine')).toThrow('denied by matched rule');
  });

  it('takes the owner of a key, and nobody else', async () => {
    const { cluster, machine } = await ruled(
      '{ image: "example.com/*", publicKey: { certificate: "KEY A" } }',
    );
    cluster.registry.add('example.com/app:v1');
    const check = () => verifyImage(machine, 'example.com/app:v1').verified;
    expect(check).toThrow('no valid signature found');
    cluster.registry.sign('example.com/', { publicKey: 'KEY B' });
    expect(check).toThrow('no valid signature found');
    cluster.registry.sign('example.com/app', { publicKey: 'KEY A\n' });
    expect(check()).toBe(true);
  });

  it.each([
    ['subject: release@siderolabs.com', true],
    ['subject: release@siderolabs.co', false],
    ['subjectRegex: "@siderolabs[.]com$"', true],
    ['subjectRegex: "^siderolabs"', false],
    ['subjectRegex: "("', false],
  ])('takes who is known as %s: %s', async (subject, good) => {
    const issuer = 'issuer: https://accounts.google.com';
    const { machine } = await ruled(`{ image: "ghcr.io/*", keyless: { ${issuer}, ${subject} } }`);
    const check = () => verifyImage(machine, installer).verified;
    if (good) expect(check()).toBe(true);
    else expect(check).toThrow('image verification failed');
  });

  it('fails for what no registry has, and for registries that cannot be reached', async () => {
    const { machine } = await ruled(
      '{ image: "*", keyless: { issuer: https://accounts.google.com, subjectRegex: "." } }',
    );
    const statusOf = (text: string) => {
      try {
        return verifyImage(machine, text).message;
      } catch (cause) {
        return cause instanceof ServerStatus ? cause.status : cause;
      }
    };
    expect(statusOf('ghcr.io/siderolabs/installer:none')).toBe('not-found');
    expect(statusOf('registry.invalid/app:v1')).toBe('internal');
    expect(statusOf('Not An Image')).toBe('invalid-argument');
  });
});
