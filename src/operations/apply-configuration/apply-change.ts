import { system, type Version } from '../../../generated/features/system.js';
import {
  type ConfigChange,
  diffMachineConfigs,
} from '../../machine-config/compare/diff-machine-configs.js';
import type { MachineConfig } from '../../machine-config/document.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import type { Target } from '../../runtime/target.js';
import { type CheckedConfig, checkedConfig } from '../configuration/checked.js';
import { releaseOfNode } from '../configuration/release.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import { buildsOnCurrent, type ConfigurationChange, changed } from './change.js';
import { type ConfigurationCheck, ownCheck } from './check-node.js';
import { Comparing, type Configurations } from './configurations.js';
import { type ApplyMode, read, type Sending, send } from './send.js';
import type { ApplyConfigurationStep } from './step.js';
import { checkAndConfirm } from './try.js';

/** What `applyConfiguration` did. */
export interface AppliedConfiguration {
  /** The address of the node. */
  readonly node: string | undefined;
  /** Whether the node got it. Not when nothing changes, and not with `dryRun`. */
  readonly applied: boolean;
  /** What is different, as a unified diff, without secrets and comments. Empty when nothing is. */
  readonly diff: string;
  /** Where the values differ, without the values. */
  readonly changes: readonly ConfigChange[];
  /** What the node says of it for people; with what was not sent, what validation says. */
  readonly warnings: readonly string[];
}

/** How a change is applied; as the options of `applyConfiguration`, with the defaults. */
export interface ChangeSettings {
  readonly mode: ApplyMode;
  readonly dryRun: boolean;
  readonly tryTimeoutMs: number;
  readonly pending: 'refuse' | 'replace';
  readonly check?: ConfigurationCheck | undefined;
  /**
   * Makes the new configuration of the current one: by `make`, or gives the current one where there is
   * nothing to do. Default: by `make`.
   */
  readonly decide?: (
    current: MachineConfig,
    make: () => Promise<string | MachineConfig>,
  ) => Promise<string | MachineConfig>;
  /** Awaited right before anything is sent. */
  readonly confirm?: (() => Promise<void>) | undefined;
}

/** Brings the configuration of a node to what it is to be, as a part of an operation. */
export async function applyChange(
  operation: Operation<ApplyConfigurationStep>,
  target: Target,
  change: ConfigurationChange,
  settings: ChangeSettings,
): Promise<AppliedConfiguration> {
  const { mode, dryRun, tryTimeoutMs, pending, confirm } = settings;
  const { decide = (_current, make) => make() } = settings;
  operation.begin('read the configuration');
  const version = await readVersion(operation, target);
  const before = await read(operation, target);
  operation.begin('compare');
  const talos = releaseOfNode(version.version?.tag);
  const comparing = new Comparing(talos);
  const base = mode === 'STAGED' ? before.persistent : before.active;
  readOrFail(operation, comparing, before);
  if (pending === 'refuse' && mode !== 'STAGED' && buildsOnCurrent(change)) {
    refusePending(operation, comparing, before);
  }
  const current = comparing.parsed(base);
  const made = await decide(current, () => changed(change, current, talos));
  const next = checkedConfig(made, version);
  const difference = differenceOf(comparing, before, next, mode);
  const result = { node: target.address, ...difference, warnings: next.warnings };
  if (dryRun || difference.changes.length === 0) return { ...result, applied: false };
  const { text } = next;
  const sending = { target, text, mode, tryTimeoutMs, before, comparing, confirm };
  const warnings = await apply(operation, sending, settings.check);
  return { ...result, applied: true, warnings: warnings ?? next.warnings };
}

async function apply(
  operation: Operation<ApplyConfigurationStep>,
  sending: Sending,
  check: ConfigurationCheck | undefined,
): Promise<readonly string[] | undefined> {
  const { target, mode, tryTimeoutMs } = sending;
  const ready = mode === 'TRY' ? (check ?? (await ownCheck(operation, target))) : undefined;
  operation.begin('apply');
  // The node counts from when it takes it, which is later.
  const until = operation.clock.now() + tryTimeoutMs / 2;
  const reply = await send(operation, sending);
  if (ready === undefined) return reply?.warnings;
  return checkAndConfirm(operation, sending, ready, until);
}

function readVersion(
  operation: Operation<ApplyConfigurationStep>,
  target: Target,
): Promise<Version> {
  const options = {
    what: 'the node to answer',
    everyMs: 2_000,
    attemptMs: 15_000,
    isFinal: isRefusal,
  };
  return poll(operation, options, async (attempt) => ({
    found: await system(target).version({}, attempt),
  }));
}

/** What the node has is not what the caller passed: that it cannot be read is told apart. */
function readOrFail(
  operation: Operation<ApplyConfigurationStep>,
  comparing: Comparing,
  { active, persistent }: Configurations,
): void {
  try {
    comparing.parsed(active);
    comparing.parsed(persistent);
  } catch (cause) {
    if (!isTalosError(cause)) throw cause;
    throw operation.failure(`the configuration of the node cannot be read: ${cause.message}`, {
      cause,
      hint: 'a newer library may know it; configuration(node).apply() does not compare',
    });
  }
}

function refusePending(
  operation: Operation<ApplyConfigurationStep>,
  comparing: Comparing,
  { active, persistent }: Configurations,
): void {
  if (comparing.areSame(active, persistent)) return;
  throw operation.failure('a configuration is staged, or being tried, which would be lost', {
    hint: "reboot the node or wait, use the mode STAGED, or say pending: 'replace'",
  });
}

/** What a configuration changes of what the mode writes: that in force, that on the disk, or both. */
function differenceOf(
  comparing: Comparing,
  { active, persistent }: Configurations,
  { config }: CheckedConfig,
  mode: ApplyMode,
): { readonly diff: string; readonly changes: readonly ConfigChange[] } {
  const of = (text: string) => {
    const { text: diff, changes } = diffMachineConfigs(comparing.parsed(text), config);
    // Another order of documents is no difference, but shows in the text.
    return { diff: changes.length === 0 ? '' : diff, changes };
  };
  const first = of(mode === 'STAGED' ? persistent : active);
  return mode === 'NO_REBOOT' && first.changes.length === 0 ? of(persistent) : first;
}
