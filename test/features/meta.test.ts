import { describe, expect, it } from 'vitest';
import { meta, metaMethods } from '../../generated/features/meta.js';
import { meta as metaOf } from '../../testkit/src/topics/system/meta.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();
const USER_KEY = 12;

async function started() {
  const cluster = covered(await tlsCluster());
  return { cluster, node: cluster.node('cp-1'), target: cluster.client().node('10.5.0.2') };
}

describe('write and delete', () => {
  it('keep a value, replace it, and remove it', async () => {
    const { node, target } = await started();
    const values = node.machine.state(metaOf);
    await meta(target).write({ key: USER_KEY, value: Buffer.from('one') });
    await meta(target).write({ key: USER_KEY, value: Buffer.from('two') });
    expect(values.entries()).toEqual([[USER_KEY, 'two']]);
    await meta(target).delete({ key: USER_KEY });
    expect(values.entries()).toEqual([]);
  });

  it('are open to the role that writes META, and refused to operators', async () => {
    const { cluster } = await started();
    const writer = meta(cluster.client({ role: 'os:meta:writer' }));
    await writer.write({ key: USER_KEY, value: Buffer.from('x') });
    const operator = meta(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.write({ key: USER_KEY, value: Buffer.from('y') }));
    await expectRefused(operator.delete({ key: USER_KEY }));
  });

  it('end at the deadline, or when the caller gives up', async () => {
    const { node, target } = await started();
    await expectDeadline(node, metaMethods.write, (options) =>
      meta(target).write({ key: USER_KEY, value: Buffer.from('x') }, options),
    );
    await expectCancelled(node, metaMethods.delete, (options) =>
      meta(target).delete({ key: USER_KEY }, options),
    );
  });

  it('fail for keys out of range, values that do not fit, and keys that are not there', async () => {
    const { target } = await started();
    const client = meta(target);
    const value = Buffer.from('x');
    expect(await failureOf(client.write({ key: 256, value }))).toMatchObject({
      status: 'invalid-argument',
    });
    expect(await failureOf(client.delete({ key: 256 }))).toMatchObject({
      status: 'invalid-argument',
    });
    const large = Buffer.alloc(300_000, 'x');
    expect(await failureOf(client.write({ key: USER_KEY, value: large }))).toMatchObject({
      status: 'resource-exhausted',
    });
    expect(await failureOf(client.delete({ key: USER_KEY }))).toMatchObject({
      status: 'not-found',
    });
  });

  it('need SideroLink while the node has no configuration', async () => {
    const request = { key: USER_KEY, value: Buffer.from('x') };
    const plain = covered(await tlsCluster({ maintenance: true }));
    await expectRefused(meta(plain.client()).write(request));
    const linked = covered(await tlsCluster({ maintenance: true, sideroLink: true }));
    await meta(linked.client()).write(request);
  });
});
