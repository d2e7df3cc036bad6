import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { MachineConfig } from '../document.js';
import { kindOf, structureOf } from '../structure/structure.js';
import { type DataMap, isMap } from '../values.js';
import type { Mark } from './find-secrets.js';
import { redactStruct } from './redact-value.js';

/**
 * The configuration with `<redacted>` in the place of secrets, for logs and screens. Hidden are the
 * fields that hold secrets by their meaning (keys, tokens, passphrases, passwords), and in all other
 * texts what looks like a secret: private keys, tokens of known forms, logins in URLs, random texts
 * where anything may stand. Comments are gone, since they may hold anything. Not for nodes: what is
 * redacted is no configuration that works.
 */
export function redact(config: MachineConfig): MachineConfig {
  return redactWith(config, () => '<redacted>');
}

/** The configuration with `mark` in the place of secrets. */
export function redactWith(config: MachineConfig, mark: Mark): MachineConfig {
  return MachineConfig.of(
    config.documents.map((document) => {
      const structure = structureOf(kindOf(document)) ?? nothingKnown;
      const value: DataMap = isMap(document) ? document : {};
      const redacted = redactStruct(value, structure, mark);
      return { value: redacted as unknown as MachineConfigDocument };
    }),
  );
}

/** For documents of a kind that the table does not have: every value may be anything. */
const nothingKnown = { name: '', fields: [], field: () => undefined };
