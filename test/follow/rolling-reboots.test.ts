import { describe, expect, it } from 'vitest';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { followEvents } from '../../src/follow/follow-events.js';
import { followKernelLog } from '../../src/follow/follow-kernel-log.js';
import { followLogs } from '../../src/follow/follow-logs.js';
import type { TalosNode } from '../../src/runtime/target.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../testkit/src/cluster/node.js';
import { events } from '../../testkit/src/topics/events/events.js';
import { dmesg } from '../../testkit/src/topics/logs/dmesg.js';
import { quickParts } from '../support/quick-clock.js';
import { type Item, words } from './support.js';

/** What was said, by boot: everything, and how much of it before the node began to go down. */
interface Boot {
  readonly all: string[];
  before: number;
}

/** Everything that a node says in one way, noted where it is said. */
class Said {
  readonly boots: Boot[] = [];

  begin(): Boot {
    const boot = { all: [], before: 0 };
    this.boots.push(boot);
    return boot;
  }
}

/** Notes everything that a node says, boot for boot. */
class Witness {
  readonly node: SimulatedNode;
  readonly events = new Said();
  readonly lines = new Said();
  readonly records = new Said();
  #boots = -1;
  #written = 0;

  constructor(node: SimulatedNode) {
    this.node = node;
    node.machine.onChange(() => this.#look());
    this.#look();
  }

  /** A new boot is noted as soon as there is one, before anything of it can be missed. */
  #look(): void {
    const { machine } = this.node;
    if (!machine.isOn || machine.boots === this.#boots) return;
    this.#boots = machine.boots;
    const { closingSignal } = machine;
    const note = (boot: Boot, text: string) => {
      boot.all.push(text);
      if (!closingSignal.aborted) boot.before = boot.all.length;
    };
    const said = this.events.begin();
    const ring = machine.state(events);
    for (const { id } of ring.kept) note(said, id);
    ring.onEvent(({ id }) => note(said, id));
    const kernel = this.records.begin();
    const log = machine.state(dmesg);
    for (const { text } of log.records) note(kernel, text.trimEnd());
    log.onRecord(({ text }) => note(kernel, text.trimEnd()));
    this.lines.begin();
  }

  /** Writes a line of the log that is followed, and a record of the kernel. */
  write(): void {
    const { machine } = this.node;
    const lines = this.lines.boots.at(-1) as Boot;
    if (!machine.isOn) return;
    this.#written += 1;
    const line = `${this.node.name} says ${this.#written}`;
    lines.all.push(line);
    if (!machine.closingSignal.aborted) lines.before = lines.all.length;
    this.node.logs.write('mine', line);
    if (this.#written % 3 === 0) this.node.kernelLog.write(`${this.node.name} kernel ${line}`);
  }
}

/** What was told of a node in one way, boot for boot. */
class Told {
  readonly boots: string[][] = [[]];
  readonly gaps: string[] = [];

  take(item: Item): void {
    if (item.type === 'rebooted') this.boots.push([]);
    else if (item.type === 'gap') this.gaps.push(words([item])[0] as string);
    else if (item.type === 'event') this.boots.at(-1)?.push((item as never as EventItem).event.id);
    else if (item.type === 'line' || item.type === 'record') {
      this.boots.at(-1)?.push(words([item])[0] as string);
    }
  }
}

type Ways = { readonly [Key in Way]: Told };

interface EventItem {
  readonly event: { readonly id: string };
}

const ways = ['events', 'lines', 'records'] as const;
type Way = (typeof ways)[number];

const parts = quickParts();

/** Follows a node in one way. */
function follow(way: Way, node: TalosNode): AsyncIterable<Item> {
  switch (way) {
    case 'events':
      return followEvents(node, { tailEvents: -1 }, {}, parts);
    case 'lines':
      return followLogs(node, { id: 'mine' }, { waitForLog: true }, parts);
    default:
      return followKernelLog(node, {}, {}, parts);
  }
}

describe.each(['memory', 'tls'] as const)(
  'three nodes that are rebooted one after the other, over %s',
  (transport) => {
    it('are followed without a line, a record or an event that is lost or comes twice', async () => {
      await using cluster = await simulateCluster({ controlPlanes: 3, transport });
      const talos = cluster.client();
      const witnesses = cluster.nodes.map((node) => new Witness(node));
      const told = new Map<string, Ways>(
        witnesses.map(({ node }) => [
          node.address,
          { events: new Told(), lines: new Told(), records: new Told() },
        ]),
      );
      for (const witness of witnesses) witness.write();

      const end = new AbortController();
      const following = ways.map(async (way) => {
        const nodes = talos.nodes(cluster.nodes.map(({ address }) => address));
        const merged = nodes.merge((node) => follow(way, node), { signal: end.signal });
        for await (const { node, value } of merged) told.get(node)?.[way].take(value);
      });
      // An error of any of them ends the test.
      const failed = Promise.all(following);
      failed.catch(() => {});
      const untilTold = async (holds: () => boolean) => {
        while (!holds()) {
          await Promise.race([failed, new Promise((resolve) => setImmediate(resolve))]);
        }
      };
      const allTold = () =>
        witnesses.every(({ node, ...said }) =>
          ways.every((way) => {
            const boot = said[way].boots.at(-1) as Boot;
            return told.get(node.address)?.[way].boots.at(-1)?.at(-1) === boot.all.at(-1);
          }),
        );

      for (const { node } of witnesses) {
        await untilTold(allTold);
        const { boots } = node.machine;
        await lifecycle(talos.node(node.address)).reboot({ mode: 'DEFAULT' });
        const isBack = () => node.machine.boots > boots && node.stage === 'RUNNING';
        // All of them go on to write while one of them is down.
        await untilTold(() => {
          for (const witness of witnesses) witness.write();
          return isBack();
        });
      }
      for (const witness of witnesses) witness.write();
      await untilTold(allTold);
      end.abort(new Error('all was told'));
      await expect(failed).rejects.toThrow('all was told');

      for (const { node, ...said } of witnesses) {
        for (const way of ways) {
          const { boots, gaps } = (told.get(node.address) as Ways)[way];
          const place = `${way} of ${node.name}`;
          expect(gaps, place).toEqual([]);
          expect(boots, place).toHaveLength(2);
          for (const [index, boot] of said[way].boots.entries()) {
            const seen = boots[index] as string[];
            // What is said while the API goes down may not get out any more; nothing is missing before.
            expect(seen, place).toEqual(boot.all.slice(0, seen.length));
            expect(seen.length, place).toBeGreaterThanOrEqual(boot.before);
          }
        }
      }
    });
  },
);
