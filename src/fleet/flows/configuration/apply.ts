import type { MachineConfig } from '../../../machine-config/document.js';
import { parseMachineConfig } from '../../../machine-config/parse/parse.js';
import {
  type AppliedConfiguration,
  applyChange,
  type ChangeSettings,
} from '../../../operations/apply-configuration/apply-change.js';
import {
  type ConfigurationChange,
  checkChange,
} from '../../../operations/apply-configuration/change.js';
import { readConfigurations } from '../../../operations/apply-configuration/configurations.js';
import type { ApplyConfigurationStep } from '../../../operations/apply-configuration/step.js';
import { releaseOfNode } from '../../../operations/configuration/release.js';
import { poll } from '../../../operations/run/poll.js';
import { isRefusal } from '../../../operations/run/refusals.js';
import { runOperation } from '../../../operations/run/run-operation.js';
import { lookAfresh } from '../../../operations/track/look.js';
import { readRelease } from '../../../operations/track/release.js';
import type { ReconnectParts } from '../../../reconnect/index.js';
import type { NodeWork } from '../nodes/node-steps.js';
import { digestOf } from './digest.js';
import type { RollOutSettings } from './input.js';

/** What a change does to a node, as it is remembered. */
export type ComparedConfiguration = {
  /** That of the configuration that is to be. */
  readonly digest: string;
  /** Where values differ, without the values: the first of them. */
  readonly changes: readonly string[];
  /** Whether the configuration in force is the one that is to be. */
  readonly isActive: boolean;
};

const TRY_MS = 120_000;
/** How long a node may be late with going back from what it tries. */
const LATE_MS = 30_000;
const APPLY_MS = 600_000;
const MOST_CHANGES = 20;
const LOOK = { everyMs: 3_000, attemptMs: 15_000, isFinal: isRefusal } as const;

/** Compares what a node has with what it is to have. */
export async function compareConfiguration(
  work: NodeWork,
  change: ConfigurationChange,
  settings: RollOutSettings,
  parts: ReconnectParts | undefined,
): Promise<ComparedConfiguration> {
  checkChange(change);
  let digest = '';
  const { changes } = await apply(work, change, settings, parts, {
    dryRun: true,
    async decide(_current, make, read) {
      const next = await make();
      digest = digestOf(read(next));
      return next;
    },
  });
  return {
    digest,
    changes: changes.slice(0, MOST_CHANGES).map(({ path }) => path.join('.')),
    isActive: (await readDigests(work)).active === digest,
  };
}

/**
 * Brings a node to a configuration that was compared, once: what it has already is not sent again, also
 * where patches would change it further.
 *
 * @throws {TalosOperationError} when the change makes something else of it by now
 */
export async function applyOnce(
  work: NodeWork,
  change: ConfigurationChange,
  settings: RollOutSettings,
  { digest }: ComparedConfiguration,
  parts: ReconnectParts | undefined,
): Promise<{ readonly applied: boolean }> {
  checkChange(change);
  const { operation, attempt } = work;
  if (attempt.previous === 'unknown' && settings.mode === 'TRY') {
    if (await untilTried(work, digest, settings)) return { applied: true };
  }
  const { applied } = await apply(work, change, settings, parts, {
    dryRun: false,
    async decide(current, make, read) {
      if (digestOf(current) === digest) return current;
      const next = await make();
      if (digestOf(read(next)) === digest) return next;
      throw operation.failure('what is to be applied is not what was compared', {
        outcome: 'unchanged',
        hint: 'the files were changed meanwhile, or the configuration of the node was',
      });
    },
  });
  return { applied: applied || attempt.previous === 'unknown' };
}

/** Waits until a node is well with a configuration: in force, or with `persistent` on its disk. */
export async function untilConfigured(
  work: NodeWork,
  digest: string,
  which: 'active' | 'persistent',
): Promise<null> {
  const { node, operation } = work;
  await poll(operation, { ...LOOK, what: 'the configuration of the node' }, async () => {
    const digests = await readDigests(work);
    return digests[which] === digest ? { found: null } : { missing: 'it has another one' };
  });
  await poll(operation, { ...LOOK, what: 'the node to be ready' }, async () => {
    const { stage, ready, unmet } = await lookAfresh(operation, node);
    const isReady = stage === 'running' && ready;
    return isReady ? { found: null } : { missing: [stage, ...unmet].join('; ') };
  });
  return null;
}

/**
 * After the death of whoever tried a configuration: whether it was confirmed. One that was not is waited
 * for until the node has gone back, since it then is as before.
 */
async function untilTried(
  work: NodeWork,
  digest: string,
  { tryTimeoutMs = TRY_MS }: RollOutSettings,
): Promise<boolean> {
  const { operation } = work;
  const what = 'the node to go back from what it tries';
  return operation.within(tryTimeoutMs + LATE_MS, () =>
    poll(operation, { ...LOOK, what }, async () => {
      const { active, persistent } = await readDigests(work);
      if (active !== digest) return { found: false };
      return persistent === digest ? { found: true } : { missing: 'it tries it still' };
    }),
  );
}

/** Both configurations of a node, by their digests. */
async function readDigests({
  node,
  operation,
}: NodeWork): Promise<{ readonly active: string; readonly persistent: string }> {
  const talos = releaseOfNode(await readRelease(operation, node));
  const found = await poll(operation, { ...LOOK, what: 'the node to answer' }, async (call) => ({
    found: await readConfigurations(node, call),
  }));
  const digest = (text: string): string => digestOf(parseMachineConfig(text, { talos }));
  return { active: digest(found.active), persistent: digest(found.persistent) };
}

interface Deciding {
  readonly dryRun: boolean;
  readonly decide: (
    current: MachineConfig,
    make: () => Promise<string | MachineConfig>,
    read: (given: string | MachineConfig) => MachineConfig,
  ) => Promise<string | MachineConfig>;
}

async function apply(
  { node, operation, confirm }: NodeWork,
  change: ConfigurationChange,
  { mode = 'NO_REBOOT', tryTimeoutMs = TRY_MS, pending = 'refuse' }: RollOutSettings,
  parts: ReconnectParts | undefined,
  { dryRun, decide }: Deciding,
): Promise<AppliedConfiguration> {
  const talos = releaseOfNode(await readRelease(operation, node));
  const read = (given: string | MachineConfig): MachineConfig =>
    // Read again also what was read before, since it may have been for another release.
    parseMachineConfig(typeof given === 'string' ? given : given.toString(), { talos });
  const settings: ChangeSettings = {
    ...{ mode, dryRun, tryTimeoutMs, pending, confirm },
    decide: (current, make) => decide(current, make, read),
  };
  const { name, signal } = operation;
  const setup = { name, target: node, options: { signal }, defaultTimeoutMs: APPLY_MS, parts };
  return runOperation<ApplyConfigurationStep, AppliedConfiguration>(setup, (inner) =>
    applyChange(inner, node, change, settings),
  );
}
