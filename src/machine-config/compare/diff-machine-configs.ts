import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { identityOf, type MachineConfig } from '../document.js';
import { formatMachineConfig } from '../format-config.js';
import { withoutZeros } from '../patch/without-zeros.js';
import { kindOf, structureOf } from '../structure/structure.js';
import type { DataMap } from '../values.js';
import { type Change, changedPaths } from './changed-paths.js';
import type { Mark } from './find-secrets.js';
import { redactWith } from './redact.js';
import { unifiedDiff } from './unified-diff.js';

/** How two configurations are compared. */
export interface DiffOptions {
  /** Shows secrets as they are. Default: false. */
  readonly showSecrets?: boolean | undefined;
  /** What the sides are called behind `---` and `+++`. Default: `a` and `b`. */
  readonly names?: { readonly before: string; readonly after: string } | undefined;
}

/** How one configuration differs from another. */
export interface MachineConfigDiff {
  /**
   * A unified diff of both as Talos writes them, without comments; empty when nothing differs.
   * Secrets stand as `<redacted 1>`: the same number is the same secret, on both sides.
   */
  readonly text: string;
  /** Where the values differ, without the values. Documents in another order are no difference. */
  readonly changes: readonly ConfigChange[];
}

/** One difference between two configurations. */
export interface ConfigChange extends Change {
  /** The document: kind and name as `LinkConfig/eno1`, `v1alpha1` for the one without a kind. */
  readonly document: string;
}

/**
 * Compares two configurations; either may be absent, such as before the first one is applied.
 *
 * Source of the format: `configdiff.DiffConfigs` of Talos, which does not redact.
 *
 * @example
 * ```ts
 * const { text, changes } = diffMachineConfigs(running, patched);
 * if (changes.length > 0) console.log(text);
 * ```
 */
export function diffMachineConfigs(
  before: MachineConfig | undefined,
  after: MachineConfig | undefined,
  { showSecrets = false, names }: DiffOptions = {},
): MachineConfigDiff {
  const mark = numbered();
  const textOf = (config: MachineConfig | undefined) =>
    config === undefined
      ? ''
      : formatMachineConfig(showSecrets ? config : redactWith(config, mark));
  return {
    text: unifiedDiff(textOf(before), textOf(after), names),
    changes: changesOf(before?.documents ?? [], after?.documents ?? []),
  };
}

/** Gives each secret a number, so that one that changes is seen to change. */
function numbered(): Mark {
  const numbers = new Map<string, number>();
  return (secret) => {
    const number = numbers.get(secret) ?? numbers.size + 1;
    numbers.set(secret, number);
    return `<redacted ${number}>`;
  };
}

function changesOf(
  before: readonly MachineConfigDocument[],
  after: readonly MachineConfigDocument[],
): ConfigChange[] {
  const [old, fresh] = [settled(before), settled(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((document) =>
    changedPaths(old.get(document), fresh.get(document)).map((change) => ({ document, ...change })),
  );
}

function settled(documents: readonly MachineConfigDocument[]): Map<string, DataMap> {
  return new Map(
    documents.map((document) => {
      const structure = structureOf(kindOf(document));
      const value = document as unknown as DataMap;
      return [identityOf(document), structure ? withoutZeros(value, structure) : value];
    }),
  );
}
