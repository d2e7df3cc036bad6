import type { LogsMethods } from 'talos-client/logs';
import type { LogsRequest } from '../../generated/logs.js';
import type { ServedCall } from '../base/calls/context.js';
import type { HandlersOf } from '../base/calls/rpc.js';
import { containers } from '../topics/containers/containers.js';
import { findContainer } from '../topics/containers/inspect.js';
import { dmesg, formatRecord } from '../topics/logs/dmesg.js';
import type { Log } from '../topics/logs/log.js';
import { logs } from '../topics/logs/logs.js';

/** Logs of services and containers, and that of the kernel. */
export const logsHandlers: HandlersOf<LogsMethods> = {
  logs: (ctx, request) => {
    const { tailLines, follow } = request;
    return findLog(ctx, request).read({ tailLines, follow, signal: ctx.signal });
  },

  async *dmesg({ machine, signal }, { follow, tail }) {
    const state = machine.state(dmesg);
    if (!follow) {
      // Without `follow`, `tail` begins where the log ends.
      if (!tail) for (const record of state.records) yield Buffer.from(formatRecord(record));
      return;
    }
    for await (const record of state.follow(tail, signal)) yield Buffer.from(formatRecord(record));
  },

  containers: ({ machine }) => ({ ids: [...machine.state(logs).ids] }),
};

function findLog({ machine }: ServedCall, request: LogsRequest): Log {
  const { namespace, id } = request;
  if (namespace === 'system' || id === 'kubelet') {
    const log = machine.state(logs).find(id);
    if (log === undefined) throw new Error(`log "${id}" was not registered`);
    return log;
  }
  const { container, isSandbox } = findContainer(machine, request, id);
  if (isSandbox) throw new Error('no log available');
  return machine.state(containers).log(container);
}
