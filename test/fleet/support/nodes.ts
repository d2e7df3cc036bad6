import type { Flow } from '../../../src/fleet/flow.js';
import type { Json } from '../../../src/fleet/json.js';

/**
 * Nodes that are rebooted by flows. A step that reboots looks before it acts, so that each node is
 * rebooted once, wherever the process dies.
 */
export class Nodes {
  /** Node → how often it was rebooted. */
  readonly reboots = new Map<string, number>();
  /** Node → whether it takes work. */
  readonly cordoned = new Set<string>();
  /** How often a step of each name ran. */
  readonly ran = new Map<string, number>();
  /** Called in a reboot, before and after it has happened. */
  within: (when: 'before' | 'after') => void = () => {};

  readonly cluster: Flow<{ readonly nodes: number }, Json> = {
    name: 'cluster',
    version: '1',
    run: async (context, { nodes }) => {
      const done: Json[] = [];
      for (let number = 1; number <= nodes; number += 1) {
        const node = `${context.id} n${number}`;
        await context.mayGoOn(`before ${number}`);
        await context.step(`cordon:${number}`, async () => this.#cordon(node), { node });
        const boots = await context.step(`note:${number}`, async () => this.#bootsOf(node), {
          node,
        });
        const reboot = async (confirm: () => Promise<void>): Promise<number> => {
          this.#count('reboot');
          if (this.#bootsOf(node) === boots) {
            await confirm();
            this.within('before');
            this.reboots.set(node, boots + 1);
            this.within('after');
          }
          return this.#bootsOf(node);
        };
        const step = `reboot:${number}`;
        await context.step(step, ({ confirm }) => reboot(confirm), { node });
        await context.step(`uncordon:${number}`, async () => this.#uncordon(node), { node });
        done.push([node, await context.step(`count:${number}`, async () => this.#bootsOf(node))]);
      }
      return done;
    },
  };

  readonly fleet: Flow<{ readonly clusters: number; readonly nodes: number }, Json> = {
    name: 'fleet',
    version: '1',
    children: [this.cluster],
    run: async (context, { clusters, nodes }) => {
      const list = Array.from({ length: clusters }, (_, index) => ({
        id: `c${index + 1}`,
        input: { nodes },
        cluster: `cluster ${index + 1}`,
      }));
      const [canary = [], rest = []] = [list.slice(0, 1), list.slice(1)];
      const first = await context.children('canary', this.cluster, canary);
      await context.sleep('soak', 1000);
      const others = await context.children('rest', this.cluster, rest, { limit: 2 });
      return [...first, ...others] as unknown as Json;
    },
  };

  #cordon(node: string): null {
    this.#count('cordon');
    this.cordoned.add(node);
    return null;
  }

  #uncordon(node: string): null {
    this.#count('uncordon');
    this.cordoned.delete(node);
    return null;
  }

  #bootsOf(node: string): number {
    return this.reboots.get(node) ?? 0;
  }

  #count(name: string): void {
    this.ran.set(name, (this.ran.get(name) ?? 0) + 1);
  }
}
