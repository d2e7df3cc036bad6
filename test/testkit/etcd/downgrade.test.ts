import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { Downgrade } from '../../../testkit/src/topics/etcd/downgrade.js';
import { etcdVersion } from '../../../testkit/src/topics/etcd/versions.js';
import { kubernetesImages } from '../../../testkit/src/topics/kubernetes/versions.js';
import { etcdCluster } from './support.js';

function made() {
  const clock = new ManualClock();
  let changes = 0;
  const downgrade = new Downgrade(
    clock,
    () => [3, 7],
    () => {
      changes += 1;
    },
  );
  return { clock, downgrade, changes: () => changes };
}

// etcd: one minor release down at a time; the leader looks for downgrades every few seconds.
describe('a downgrade', () => {
  it('takes the version of the cluster down after a while, and back when it is cancelled', async () => {
    const { clock, downgrade, changes } = made();
    expect(downgrade.enable([3, 6])).toBe('3.7');
    expect(downgrade.version).toEqual([3, 7]);
    await clock.advance(5_000);
    expect(downgrade.version).toEqual([3, 6]);
    expect(downgrade.cancel()).toBe('3.6');
    await clock.advance(5_000);
    expect(downgrade.version).toEqual([3, 7]);
    expect(changes()).toBe(2);
  });

  it('changes nothing when it is cancelled before it was noticed', async () => {
    const { clock, downgrade } = made();
    downgrade.enable([3, 6]);
    downgrade.cancel();
    await clock.advance(60_000);
    expect(downgrade.version).toEqual([3, 7]);
    expect(() => downgrade.cancel()).toThrow('no inflight downgrade job');
  });

  it('goes to the release before only, and one at a time', () => {
    const { downgrade } = made();
    for (const target of [
      [3, 5],
      [3, 7],
      [2, 6],
    ] as const) {
      expect(() => downgrade.validate(target)).toThrow('invalid downgrade target version');
    }
    downgrade.enable([3, 6]);
    expect(() => downgrade.validate([3, 6])).toThrow('downgrade job in progress');
  });

  it('shows in the version of the data', async () => {
    const { clock, at } = await etcdCluster();
    at('cp-1').membership?.etcd.downgrade.enable([3, 6]);
    await clock.advance(5_000);
    expect(at('cp-2').status()).toMatchObject({
      storageVersion: '3.6.0',
      protocolVersion: '3.7.1',
    });
  });
});

describe('the release of etcd', () => {
  it.each([
    ['v1.14.0', '3.7.1'],
    ['v1.13.2', '3.6.9'],
    ['v1.11.0', '3.6.4'],
    ['v1.6.0', '3.5.11'],
  ])('that Talos %s comes with is %s', (talosVersion, version) => {
    expect(etcdVersion(talosVersion)).toBe(version);
    expect(kubernetesImages(talosVersion).etcd).toContain(`:v${version}`);
  });
});
