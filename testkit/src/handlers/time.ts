import { fromMs } from 'talos-client';
import type { TimeMethods } from 'talos-client/time';
import type { ServedCall } from '../base/calls/context.js';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { timeServerStatusKind } from '../topics/cosi/kinds/network.js';
import { resources } from '../topics/cosi/resources.js';
import { DEFAULT_TIME_SERVER, queryTime } from '../topics/system/time.js';

/** The clock of a node beside that of a time server. */
export const timeHandlers: HandlersOf<TimeMethods> = {
  get: (ctx) => query(ctx, serverOf(ctx)),
  check: (ctx, { server }) => query(ctx, server),
};

/** The first of the servers that the node uses. */
function serverOf({ machine }: ServedCall): string {
  const status = machine.state(resources).spec(timeServerStatusKind, 'timeservers');
  return status?.timeServers[0] ?? DEFAULT_TIME_SERVER;
}

async function query({ machine, signal }: ServedCall, server: string) {
  if (server === '') throw new ServerStatus('invalid-argument', 'ntp server is required');
  const { local, remote } = await queryTime(machine, server, signal);
  return { server, localtime: fromMs(local), remotetime: fromMs(remote) };
}
