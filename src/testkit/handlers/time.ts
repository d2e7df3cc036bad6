import type { TimeMethods } from '../../../generated/features/time.js';
import { fromMs } from '../../runtime/time.js';
import type { CallContext } from '../context.js';
import { DEFAULT_TIME_SERVER, queryTime } from '../machine/time.js';
import type { HandlersOf } from '../rpc.js';
import { ServerStatus } from '../status.js';

/** The clock of a node beside that of a time server. */
export const timeHandlers: HandlersOf<TimeMethods> = {
  get: (ctx) => query(ctx, DEFAULT_TIME_SERVER),
  check: (ctx, { server }) => query(ctx, server),
};

async function query({ machine, signal }: CallContext, server: string) {
  if (server === '') throw new ServerStatus('invalid-argument', 'ntp server is required');
  const { local, remote } = await queryTime(machine, server, signal);
  return { server, localtime: fromMs(local), remotetime: fromMs(remote) };
}
