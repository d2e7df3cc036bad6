import type {
  MachineConfigDocument,
  MachineConfigDocuments,
  MachineConfigKind,
  V1Alpha1Config,
} from '../../generated/machine-config/index.js';
import { formatDocument } from './format/format.js';
import { kindInfo, kindOf } from './structure/structure.js';
import { deepFreeze } from './values.js';

/** A document of a configuration, and the text it was read from. */
export interface Entry {
  readonly value: MachineConfigDocument;
  /** From its `---` to the next, byte for byte; absent for what was made or changed. */
  readonly source?: string | undefined;
}

/**
 * A machine configuration: its documents in their order, as plain frozen values. It never changes;
 * a patch gives another one.
 *
 * @example
 * ```ts
 * const config = parseMachineConfig(text);
 * config.v1alpha1?.machine?.type; // 'controlplane'
 * config.get('VolumeConfig', 'EPHEMERAL')?.provisioning?.minSize;
 * ```
 */
export class MachineConfig {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    for (const { value } of entries) deepFreeze(value);
  }

  /** A configuration of documents that were checked, or need no check. */
  static of(entries: readonly Entry[]): MachineConfig {
    return new MachineConfig([...entries]);
  }

  /** The documents in their order. */
  get documents(): readonly MachineConfigDocument[] {
    return this.#entries.map(({ value }) => value);
  }

  /** The documents with the texts they were read from. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The document that states no kind, where there is one. */
  get v1alpha1(): V1Alpha1Config | undefined {
    return this.get('v1alpha1');
  }

  /** The document of a kind, and of a name where the kind has names; else the first of the kind. */
  get<K extends MachineConfigKind>(kind: K, name?: string): MachineConfigDocuments[K] | undefined {
    return this.all(kind).find(
      (document) => name === undefined || (document as { name?: unknown }).name === name,
    );
  }

  /** All documents of a kind. */
  all<K extends MachineConfigKind>(kind: K): MachineConfigDocuments[K][] {
    return this.documents.filter(
      (document): document is MachineConfigDocuments[K] => kindOf(document) === kind,
    );
  }

  /**
   * The configuration as a text: documents as they were read, with comments and order, and those
   * that were made or changed as Talos writes them.
   */
  toString(): string {
    let text = '';
    for (const [index, { value, source }] of this.#entries.entries()) {
      const part = source ?? formatDocument(value);
      if (index > 0) {
        if (!text.endsWith('\n')) text += '\n';
        if (!/^(?:#[^\n]*\n|[ \t]*\n|%[^\n]*\n)*---(?:\s|$)/.test(part)) text += '---\n';
      }
      text += part;
    }
    return text;
  }
}

/** What tells a document from others of a configuration: `BondConfig/bond0`, `HostnameConfig`. */
export function identityOf(document: MachineConfigDocument): string {
  const kind = kindOf(document);
  const { name } = document as { readonly name?: unknown };
  const isNamed = kindInfo(kind)?.named === true && typeof name === 'string';
  return isNamed ? `${kind}/${name}` : kind;
}
