import { poll } from '../../../operations/run/poll.js';
import { isRefusal } from '../../../operations/run/refusals.js';
import {
  type Containerd,
  install,
  untilInstallerIsGone,
} from '../../../operations/upgrading/install.js';
import {
  type InstallerNews,
  markMachinedLog,
  readInstallerNews,
} from '../../../operations/upgrading/installer-log.js';
import type { NodeWork } from '../nodes/node-steps.js';

/**
 * What is known of an installer that ran: that it succeeded, or only that it is gone. What the node runs
 * after its reboot tells the rest.
 */
export type Installed = 'completed' | 'unknown';

const LOOK = { everyMs: 5_000, attemptMs: 30_000, isFinal: isRefusal } as const;

/** An installer that began and has no process may be about to get one for so long. Milliseconds. */
const UNSEEN_MS = 120_000;

/** How often an installer is asked for that never began. */
const MOST_TRIES = 3;

/** Notes where the log of machined ends, which tells of installers from then on. */
export function noteLog({ node, operation }: NodeWork): Promise<string> {
  return poll(operation, { ...LOOK, what: 'the log of the node' }, async (call) => ({
    found: await markMachinedLog(node, call),
  }));
}

/**
 * Runs the installer, once: a second run before the reboot would overwrite the installation to go back
 * to. Where its end was not seen, the log of the node tells whether one began since `mark`; only if none
 * did, it is run.
 *
 * @throws {TalosOperationError} when it failed, or may still be running
 */
export async function installOnce(
  work: NodeWork,
  image: string,
  containerd: Containerd,
  mark: string,
): Promise<Installed> {
  const { node, operation, attempt, confirm } = work;
  if (attempt.previous === 'unknown') {
    const known = await outcomeSince(work, mark);
    if (known !== 'none') return known;
  }
  for (let tries = 1; ; tries += 1) {
    await confirm();
    operation.begin('install');
    if (await install(operation, node, image, containerd)) return 'completed';
    const known = await outcomeSince(work, mark);
    if (known !== 'none') return known;
    operation.knows('unchanged');
    if (tries === MOST_TRIES) {
      throw operation.failure('the connection was lost each time before the installer began');
    }
  }
}

/** What became of an installer whose end was not seen; `none` if there was none. */
async function outcomeSince(work: NodeWork, mark: string): Promise<Installed | 'none'> {
  const { operation } = work;
  operation.knows('unknown');
  const news = await untilNews(work, mark);
  switch (news.state) {
    case 'completed':
      operation.knows('changed');
      return 'completed';
    case 'failed':
      operation.knows('changed');
      throw operation.failure(`the installer ended with the code ${news.exitCode}`, {
        hint: 'the node runs on as before; the log of machined has what the installer said',
      });
    case 'none':
      return 'none';
    default:
      return 'unknown';
  }
}

async function untilNews(work: NodeWork, mark: string): Promise<InstallerNews> {
  const { node, operation } = work;
  const since = operation.clock.now();
  for (;;) {
    await untilInstallerIsGone(operation, node);
    const what = 'the log of the node';
    const news = await poll(operation, { ...LOOK, what }, async (call) => ({
      found: await readInstallerNews(node, mark, call),
    }));
    if (news.state !== 'began' || operation.clock.now() - since >= UNSEEN_MS) return news;
  }
}
