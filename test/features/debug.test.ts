import { describe, expect, it } from 'vitest';
import { debug, debugMethods } from '../../generated/features/debug.js';
import { collect } from '../../src/index.js';
import { images } from '../../testkit/src/topics/images/images.js';
import { recordCoverage } from '../support/coverage.js';
import { DebugSession } from '../support/debug-session.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();
const imageName = 'docker.io/library/alpine:3.22';
const containerd = { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' } as const;
const shell = { containerd, imageName, profile: 'PROFILE_PRIVILEGED' } as const;

async function started() {
  const cluster = covered(await tlsCluster());
  const node = cluster.node('cp-1');
  node.machine.state(images).add('CONTAINERD/NS_SYSTEM', imageName);
  return { cluster, node, target: cluster.client().node('10.5.0.2') };
}

describe('container run', () => {
  it('runs a shell on a terminal that echoes, knows its size and ends with its exit code', async () => {
    const { target } = await started();
    const session = new DebugSession(target, { ...shell, tty: true });
    await session.shows('/ # ');
    session.type('echo hello $HOME\r');
    await session.shows('\r\nhello /root\r\n');
    expect(session.output).toContain('/ # echo hello $HOME\r\n');
    session.resize(132, 50);
    session.type('stty size\r');
    await session.shows('50 132\r\n');
    session.type('exit 7\r');
    expect(await session.exit()).toBe(7);
    session.end();
    await session.done;
  });

  it('lasts after the exit code until the caller ends its side', async () => {
    const { cluster, target } = await started();
    const session = new DebugSession(target, { ...shell, args: ['echo', 'done'] });
    expect(await session.exit()).toBe(0);
    expect(session.output).toBe('done\n');
    const rpc = 'machine.DebugService/ContainerRun';
    const entry = [...cluster.journal].find((seen) => seen.rpc === rpc);
    expect(entry?.outcome).toBeUndefined();
    session.end();
    await session.done;
    await cluster.journal.waitFor((seen) => seen.rpc === rpc && seen.outcome === 'ok');
  });

  it('is refused to operators', async () => {
    const { cluster } = await started();
    const operator = debug(cluster.client({ role: 'os:operator' }));
    await expectRefused(
      collect(operator.containerRun([{ request: { case: 'spec', value: shell } }])),
    );
  });

  it('ends at the deadline, or when the caller gives up', async () => {
    const { node, target } = await started();
    const requests = [{ request: { case: 'spec', value: shell } }] as const;
    await expectDeadline(node, debugMethods.containerRun, (options) =>
      collect(debug(target).containerRun(requests, options)),
    );
    await expectCancelled(node, debugMethods.containerRun, (options) =>
      collect(debug(target).containerRun(requests, options)),
    );
  });

  it('fails without a specification, a profile or the image', async () => {
    const { target } = await started();
    const run = (value: typeof shell | object) =>
      failureOf(
        collect(
          debug(target).containerRun([{ request: { case: 'spec', value: value as typeof shell } }]),
        ),
      );
    const none = await failureOf(
      collect(
        debug(target).containerRun([
          { request: { case: 'stdinData', value: Buffer.from('ls\n') } },
        ]),
      ),
    );
    expect(none).toMatchObject({ status: 'invalid-argument' });
    expect(none.message).toContain('expected debug container spec');
    expect(await run({ ...shell, profile: 'PROFILE_UNSPECIFIED' })).toMatchObject({
      status: 'invalid-argument',
    });
    const missing = await run({ ...shell, imageName: 'docker.io/library/busybox:1.37' });
    expect(missing).toMatchObject({ status: 'not-found' });
    expect(missing.message).toContain('image docker.io/library/busybox:1.37 not found');
  });
});
