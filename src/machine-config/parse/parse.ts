import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { type Entry, identityOf, MachineConfig } from '../document.js';
import { findConflicts } from './conflicts.js';
import { type Decoded, decodeDocument } from './document.js';
import { documentOf } from './nodes.js';
import { Problems } from './problems.js';
import { releaseOf } from './release.js';
import { readYaml } from './yaml.js';

/** How a machine configuration is read. */
export interface ParseMachineConfigOptions {
  /**
   * The release that is to read it, like `v1.12.3`: what that release does not know is a problem.
   * Default: the newest that the library knows.
   */
  readonly talos?: string | undefined;
  /** The longest text that is read, in bytes. Default: 4 MiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads a machine configuration: one or more YAML documents.
 *
 * What Talos' own decoder refuses is refused, with all problems at once: unknown keys and kinds,
 * wrong types, values outside of enums and patterns, documents that stand twice or exclude each
 * other. What only its validation speaks of, `validateMachineConfig` tells.
 *
 * @throws {MachineConfigError} with line, column, document and path of every problem.
 */
export function parseMachineConfig(
  text: string,
  { talos, maxBytes }: ParseMachineConfigOptions = {},
): MachineConfig {
  const options = { release: releaseOf(talos) };
  const problems = new Problems();
  const entries: (Decoded & { source: string })[] = [];
  let before = '';
  for (const document of readYaml(text, { maxBytes })) {
    const decoded = decodeDocument(document, problems, options);
    const last = entries.at(-1);
    // Documents of comments alone stay with a neighbour, so that no comment is lost.
    if (decoded !== undefined) {
      entries.push({ ...decoded, source: before + document.source });
      before = '';
    } else if (last === undefined) before += document.source;
    else last.source += document.source;
  }
  problems.throwIfAny();
  if (entries.length === 0) problems.add({ message: 'holds no document' });
  return configOf(entries, problems);
}

/**
 * Makes a machine configuration of documents that are plain objects, checked as a text would be.
 *
 * @throws {MachineConfigError} with document and path of every problem.
 */
export function createMachineConfig(
  documents: readonly MachineConfigDocument[],
  { talos }: Pick<ParseMachineConfigOptions, 'talos'> = {},
): MachineConfig {
  const options = { release: releaseOf(talos) };
  const problems = new Problems();
  const decoded: Decoded[] = [];
  if (!Array.isArray(documents)) problems.add({ message: 'must be a list of documents' });
  else {
    for (const document of documents) {
      const one = decodeDocument(documentOf(document, problems), problems, options);
      if (one !== undefined) decoded.push(one);
      else if (problems.isEmpty) problems.add({ message: 'a document is missing (null)' });
    }
  }
  return configOf(decoded, problems);
}

function configOf(
  decoded: readonly (Decoded & { readonly source?: string })[],
  problems: Problems,
): MachineConfig {
  problems.throwIfAny();
  const entries = decoded.map(
    ({ value, source }): Entry => ({ value: value as unknown as MachineConfigDocument, source }),
  );
  const identities = entries.map(({ value }, index) => ({
    identity: identityOf(value),
    line: decoded[index]?.line,
  }));
  for (const problem of findConflicts(identities)) problems.add(problem);
  problems.throwIfAny();
  return MachineConfig.of(entries);
}
