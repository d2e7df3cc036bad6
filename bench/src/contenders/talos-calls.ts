import type { TalosClient } from 'talos-client';
import { etcd } from 'talos-client/etcd';
import { logs } from 'talos-client/logs';
import { system } from 'talos-client/system';
import { NO_NODE, PROCESSES } from '../samples.js';
import { type Contender, expectSame } from './contender.js';

/** The calls of the workloads, whatever carries them. */
export function talosCalls(talos: TalosClient): Contender {
  return {
    async version(node) {
      const target = node === undefined ? talos : talos.node(node);
      const { version } = await system(target).version();
      expectSame(version?.sha, node ?? NO_NODE);
    },
    async processes() {
      const { processes } = await system(talos).processes();
      expectSame(processes.at(-1)?.pid, PROCESSES);
    },
    async logs() {
      let total = 0;
      const request = { namespace: 'system', id: 'apid', follow: true, tailLines: -1 };
      for await (const bytes of logs(talos).logs(request)) total += bytes.length;
      return total;
    },
    async snapshot(pause) {
      let total = 0;
      for await (const bytes of etcd(talos).snapshot()) {
        total += bytes.length;
        const paused = pause?.(bytes.length);
        if (paused !== undefined) await paused;
      }
      return total;
    },
    recover: (chunks) => etcd(talos).recover(chunks),
    close: () => talos.close(),
  };
}
