import { describe, expect, it } from 'vitest';
import { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import { Resources } from '../../../testkit/src/topics/cosi/resources.js';
import {
  type Published,
  publish,
  type ResourceSource,
} from '../../../testkit/src/topics/cosi/source.js';
import { testKind } from './support.js';

/** A node whose resources come from one source that the test controls. */
async function setUp(options: Partial<ResourceSource> = {}) {
  const cluster = new SimulatedCluster({ controlPlanes: 2 });
  const [machine, other] = cluster.machines;
  if (machine === undefined || other === undefined) throw new Error('there are two nodes');
  const wanted = { list: [] as readonly Published[], looks: 0 };
  const source: ResourceSource = {
    kinds: [testKind],
    topics: ['tests'],
    resources() {
      wanted.looks += 1;
      return wanted.list;
    },
    ...options,
  };
  const resources = new Resources(machine, [source]);
  const events = () =>
    resources
      .collection('test', testKind.type)
      .history.from(0)
      .map(({ type, resource }) => `${type} ${resource.metadata.id}=${resource.content?.spec}`);
  // Sources are asked when somebody reads.
  resources.collection('test', testKind.type);
  /** Tells the node that there is something else to show now, and lets it look. */
  const show = async (...list: readonly Published[]) => {
    wanted.list = list;
    machine.notify('tests');
    await null;
  };
  return { cluster, machine, other, wanted, resources, events, show };
}

// COSI: a controller owns its resources; what it leaves out is torn down and destroyed.
describe('a source', () => {
  it('shows what there is from the start', async () => {
    const { cluster, events } = await setUp({
      resources: () => [publish(testKind, 'a', 1), publish(testKind, 'b', 2)],
    });
    expect(events()).toEqual(['created a=1', 'created b=2']);
    await cluster.close();
  });

  it('is asked again when one of its topics changes, and makes only what differs known', async () => {
    const { cluster, machine, show, events } = await setUp();
    await show(publish(testKind, 'a', 1), publish(testKind, 'b', 1));
    await show(publish(testKind, 'a', 1), publish(testKind, 'b', 2));
    expect(events()).toEqual(['created a=1', 'created b=1', 'updated b=2']);
    machine.notify('something else');
    await null;
    expect(events()).toHaveLength(3);
    await cluster.close();
  });

  it('is asked once for changes of the same moment, at the latest when somebody reads', async () => {
    const { cluster, machine, wanted, resources } = await setUp();
    for (let change = 0; change < 5; change++) machine.notify('tests');
    wanted.list = [publish(testKind, 'a', 1)];
    expect(resources.spec(testKind, 'a')).toBe(1);
    await null;
    expect(wanted.looks).toBe(2);
    await cluster.close();
  });

  it('has what it no longer shows torn down and destroyed', async () => {
    const { cluster, show, events } = await setUp();
    await show(publish(testKind, 'a', 1));
    await show();
    expect(events()).toEqual(['created a=1', 'updated a=1', 'destroyed a=1']);
    await cluster.close();
  });

  it('has what it no longer shows destroyed directly where the kind says so', async () => {
    const direct = { ...testKind, destroyedDirectly: true };
    const { cluster, show, events } = await setUp({ kinds: [direct] });
    await show(publish(direct, 'a', 1));
    await show();
    expect(events()).toEqual(['created a=1', 'destroyed a=1']);
    await cluster.close();
  });

  it('is not asked before somebody reads one of its types', async () => {
    const cluster = new SimulatedCluster({ controlPlanes: 1 });
    const [machine] = cluster.machines;
    if (machine === undefined) throw new Error('there is a node');
    let looks = 0;
    const source: ResourceSource = {
      kinds: [testKind],
      topics: ['tests'],
      resources() {
        looks += 1;
        return [publish(testKind, 'a', 1)];
      },
    };
    const resources = new Resources(machine, [source]);
    machine.notify('tests');
    resources.collection('test', 'Others.test.dev');
    expect(looks).toBe(0);
    expect(resources.find(testKind, 'a')?.metadata.created).toBe(machine.bootedAt);
    expect(looks).toBe(1);
    await cluster.close();
  });

  it('shows only the kinds that it names', async () => {
    const other = { ...testKind, type: 'Others.test.dev' };
    await expect(setUp({ resources: () => [publish(other, 'a', 1)] })).rejects.toThrow(
      'a source shows Others.test.dev without naming it among its kinds',
    );
  });

  it('leaves alone what others wrote', async () => {
    const { cluster, machine, resources } = await setUp();
    resources.put(testKind, 'mine', 5);
    machine.notify('tests');
    expect(resources.spec(testKind, 'mine')).toBe(5);
    await cluster.close();
  });

  it('is not looked through when it gives the same list again', async () => {
    const { cluster, machine, show, resources } = await setUp();
    await show(publish(testKind, 'a', 1));
    resources.put(testKind, 'a', 2);
    machine.notify('tests');
    expect(resources.spec(testKind, 'a')).toBe(2);
    await cluster.close();
  });

  it('hears of other nodes only when it looks at the whole cluster', async () => {
    const local = await setUp();
    local.other.notify('tests');
    await null;
    expect(local.wanted.looks).toBe(1);
    await local.cluster.close();
    const wide = await setUp({ clusterWide: true });
    wide.other.notify('tests');
    await null;
    expect(wide.wanted.looks).toBe(2);
    await wide.cluster.close();
  });

  it('may wait for something before anybody reads', async () => {
    let secret: number | undefined;
    const { cluster, resources } = await setUp({
      prepare: () =>
        secret === undefined ? Promise.resolve().then(() => (secret = 7)) : undefined,
      resources: () => (secret === undefined ? [] : [publish(testKind, 'a', secret)]),
    });
    expect(resources.spec(testKind, 'a')).toBeUndefined();
    await resources.ready(testKind.type);
    expect(resources.spec(testKind, 'a')).toBe(7);
    await cluster.close();
  });

  it('is let go of with the boot', async () => {
    const { cluster, machine, wanted, resources } = await setUp();
    resources.stop();
    machine.notify('tests');
    await null;
    expect(wanted.looks).toBe(1);
    await cluster.close();
  });
});

describe('a resource with finalizers', () => {
  it('is torn down and stays until the last one is released', async () => {
    const { cluster, resources, events } = await setUp();
    resources.put(testKind, 'a', 1, { finalizers: ['one', 'two'] });
    resources.remove(testKind, 'a');
    expect(resources.find(testKind, 'a')?.metadata.phase).toBe('tearingDown');
    expect(resources.spec(testKind, 'a')).toBeUndefined();
    resources.release(testKind, 'a', 'one');
    resources.release(testKind, 'a', 'unknown');
    expect(resources.find(testKind, 'a')?.metadata.finalizers).toEqual(['two']);
    resources.release(testKind, 'a', 'two');
    expect(resources.find(testKind, 'a')).toBeUndefined();
    expect(events().at(-1)).toBe('destroyed a=1');
    await cluster.close();
  });

  it('that a source shows again meanwhile comes back when it is gone', async () => {
    const { cluster, resources, show, events } = await setUp();
    const held = { finalizers: ['one'] };
    await show(publish(testKind, 'a', 1, held));
    await show();
    await show(publish(testKind, 'a', 2));
    expect(resources.find(testKind, 'a')?.metadata.phase).toBe('tearingDown');
    resources.release(testKind, 'a', 'one');
    expect(resources.spec(testKind, 'a')).toBe(2);
    expect(events().slice(-2)).toEqual(['destroyed a=1', 'created a=2']);
    await cluster.close();
  });
});
