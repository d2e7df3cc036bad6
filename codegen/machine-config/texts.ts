import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { MachineConfigFactsError } from './contract.js';

/** Our words for a structure. */
export interface StructureText {
  readonly text: string;
  /** What took its place. */
  readonly instead?: string;
}

/** Our words for a field: a text alone, or with what took its place. */
export type FieldText = string | { readonly text?: string; readonly instead?: string };

interface Entry extends Partial<StructureText> {
  readonly fields?: Readonly<Record<string, FieldText>>;
}

/**
 * Docstrings in our own words: `schemas/machine-config/texts/<package>.yaml`, structure → text and
 * fields. A text for something that is not there stops the run.
 */
export class Texts {
  readonly #entries = new Map<string, Entry>();
  readonly #used = new Set<string>();

  constructor(entries: Iterable<readonly [id: string, entry: Entry]>) {
    for (const [id, entry] of entries) this.#entries.set(id, entry);
  }

  structure(id: string): StructureText {
    this.#used.add(id);
    const { text = '', instead } = this.#entries.get(id) ?? {};
    return instead === undefined ? { text } : { text, instead };
  }

  field(id: string, key: string): { readonly text: string; readonly instead: string | undefined } {
    this.#used.add(id);
    this.#used.add(`${id}.${key}`);
    const entry = this.#entries.get(id)?.fields?.[key] ?? '';
    if (typeof entry === 'string') return { text: entry, instead: undefined };
    return { text: entry.text ?? '', instead: entry.instead };
  }

  refuseUnused(): void {
    const names = [...this.#entries].flatMap(([id, { fields = {} }]) => [
      id,
      ...Object.keys(fields).map((key) => `${id}.${key}`),
    ]);
    const unused = names.filter((name) => !this.#used.has(name));
    if (unused.length > 0) {
      throw new MachineConfigFactsError(`texts: nothing is called ${unused.join(', ')}`);
    }
  }
}

/** Reads the texts of a folder; the name of a file is the package of its structures. */
export function readTexts(folder: string): Texts {
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return new Texts(
    files
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => {
        const entries: Readonly<Record<string, Entry>> =
          parse(readFileSync(join(folder, file), 'utf8')) ?? {};
        const owner = basename(file, '.yaml');
        return Object.entries(entries).map(([name, entry]) => [`${owner}.${name}`, entry] as const);
      }),
  );
}
