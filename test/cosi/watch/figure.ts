import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { KEPT, Model } from './model.js';

/** How much is done for the figure. */
export interface FigureSize {
  /** How many changes the node makes while connections are cut. */
  readonly events: number;
  /** How many connections are cut, spread over the changes. */
  readonly disconnects: number;
  /** How many times everything has to be read again afterwards: reboots and overruns in turn. */
  readonly relists: number;
}

/** What came out. */
export interface Figure {
  readonly events: number;
  readonly resumed: number;
  readonly lost: number;
  readonly doubled: number;
  readonly relists: number;
  /** How often the events did not amount to what the node had, after a listing. */
  readonly unlike: number;
}

/** Changes that are made at once: fewer than a node keeps. */
const BURST = 400;

/**
 * Cuts connections of a watch while a node changes: first so that it can go on where it stood, and
 * then so that it has to read everything again.
 */
export async function runFigure({ events, disconnects, relists }: FigureSize): Promise<Figure> {
  await using cluster = await simulateCluster();
  const model = new Model(cluster, 'cp-1', 14);
  for (let index = 0; index < 2 * KEPT; index++) {
    model.write();
    if (index % BURST === 0) await model.catchUp();
  }
  await model.catchUp();
  model.count();
  const before = model.changes;
  const cuts = Math.ceil(events / disconnects);
  let nextCut = model.random.int(1, cuts);
  for (let cut = 0; model.changes - before < events || cut < disconnects; ) {
    for (let index = model.random.int(1, BURST); index > 0; index--) {
      model.write();
      if (cut === disconnects || model.changes - before < nextCut) continue;
      model.node.machine.dropConnections();
      cut += 1;
      nextCut = cut * cuts + model.random.int(1, cuts);
      break;
    }
    // The reader is now behind by what was written, and by nothing more.
    for (let index = model.random.int(0, BURST); index > 0; index--) model.write();
    await model.catchUp();
  }
  const counted = model.changes - before;
  const resumed = model.marks.get('resumed') ?? 0;
  const { lost, doubled } = model;

  model.stopCounting();
  let unlike = 0;
  const relisted = () =>
    [...model.marks].reduce(
      (sum, [mark, times]) => sum + (mark.startsWith('relisting') ? times : 0),
      0,
    );
  const first = relisted();
  for (let round = 0; round < relists; round++) {
    if (round % 2 === 0) await model.reboot();
    else model.node.machine.dropConnections();
    for (let index = 0; index < 2 * KEPT; index++) model.write();
    await model.catchUp();
    if (!isDeepStrictEqual(...model.states)) unlike += 1;
  }
  await model.stream.return();
  return { events: counted, resumed, lost, doubled, relists: relisted() - first, unlike };
}

/** `npm run test:watches [-- events disconnects]`. */
async function main([events = '1000000', disconnects = '1000']: readonly string[]): Promise<void> {
  const relists = 50;
  const begin = performance.now();
  const figure = await runFigure({
    events: Number(events),
    disconnects: Number(disconnects),
    relists,
  });
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  console.log(
    `${figure.events} changes, ${disconnects} forced disconnects, ${figure.resumed} resumed: ` +
      `${figure.lost} lost, ${figure.doubled} doubled`,
  );
  console.log(
    `${relists} reboots and histories that were gone, ${figure.relists} listings: ` +
      `${figure.unlike} times another state than the node's`,
  );
  console.log(`${seconds} s`);
  const good = figure.lost + figure.doubled + figure.unlike === 0 && figure.resumed > 0;
  process.exitCode = good ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
