import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcesMethods } from '../../../generated/features/resources.js';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { runFigure } from './figure.js';
import { KEPT, Model } from './model.js';

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await simulateCluster();
});

afterAll(() => cluster.close());

/** Has the node keep as many changes as it ever does: a young one keeps fewer. */
async function warmUp(model: Model): Promise<void> {
  for (let index = 0; index <= KEPT; index++) {
    model.write();
    if (index % 500 === 0) await model.catchUp();
  }
  await model.catchUp();
}

describe('a watch whose connection is lost', () => {
  it('at any event tells each change once, in order, and ends with what the node has', async () => {
    const first = new Model(cluster, 'cp-1', 1);
    await warmUp(first);
    await first.stream.return();
    const writes = 40;
    for (let replies = 0; replies < writes + 25; replies++) {
      const model = new Model(cluster, 'cp-1', replies);
      // The listing breaks off, too.
      model.node.drop(resourcesMethods.watch, { when: { replies }, times: 1 });
      await model.catchUp();
      model.count();
      for (let index = 0; index < writes; index++) {
        model.write();
        if (model.random.int(1, 4) === 1) await model.catchUp();
      }
      await model.catchUp();
      const { lost, doubled } = model;
      expect({ replies, lost, doubled }).toEqual({ replies, lost: 0, doubled: 0 });
      const [told, actual] = model.states;
      expect(told).toEqual(actual);
      await model.stream.return();
      model.node.restore();
    }
  });

  it('again and again, with reboots, overruns and normal ends between, ends with what the node has', async () => {
    const model = new Model(cluster, 'cp-1', 7);
    await model.catchUp();
    for (let round = 0; round < 60; round++) {
      const writes = model.random.int(1, 40);
      for (let index = 0; index < writes; index++) model.write();
      switch (model.random.int(1, 6)) {
        case 1:
          await model.reboot();
          break;
        case 2:
          for (let index = 0; index < KEPT + 200; index++) model.write();
          break;
        case 3:
          model.node.on(resourcesMethods.watch, endsAtOnce);
          model.node.machine.dropConnections();
          setImmediate(() => setImmediate(() => model.node.restore()));
          break;
        default:
          model.node.machine.dropConnections();
      }
      const more = model.random.int(0, 40);
      for (let index = 0; index < more; index++) model.write();
      await model.catchUp();
      const [told, actual] = model.states;
      expect(told, `after round ${round}`).toEqual(actual);
    }
    // All of it happened.
    const marks = [...model.marks.keys()];
    expect(marks).toEqual(
      expect.arrayContaining([
        'synced',
        'disconnected',
        'resumed',
        'rebooted',
        'relisting rebooted',
        'relisting overrun',
      ]),
    );
    await model.stream.return();
  });

  it('a part of the figure: 10,000 changes with 20 disconnects, none lost and none doubled', async () => {
    const figure = await runFigure({ events: 10_000, disconnects: 20, relists: 4 });
    expect(figure).toMatchObject({ lost: 0, doubled: 0, resumed: 20, unlike: 0, relists: 4 });
  });
});

async function* endsAtOnce() {
  yield {};
}
