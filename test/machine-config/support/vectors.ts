import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../vectors', import.meta.url));

/** The configurations that Talos generated, with their contract and name. */
export function generatedConfigs(): { contract: string; name: string; text: string }[] {
  const root = join(folder, 'gen-config');
  return readdirSync(root).flatMap((contract) =>
    readdirSync(join(root, contract)).map((name) => ({
      contract,
      name,
      text: readFileSync(join(root, contract, name), 'utf8'),
    })),
  );
}

/** A document, and the bytes of Talos' encoder without comments. */
export interface FormatVector {
  readonly Name: string;
  readonly Input: string;
  readonly Value: readonly unknown[];
  readonly Bytes: string;
}

export interface Verdict {
  readonly Valid: boolean;
  readonly Leaves: readonly string[];
  readonly Warnings: readonly string[];
}

export interface ValidateVector {
  readonly Name: string;
  readonly Config: string;
  readonly LoadError: string;
  readonly Metal: Verdict;
  readonly Container: Verdict;
}

/** The cases of one file of vectors. */
export function casesOf<T>(file: 'format.json' | 'validate.json'): T[] {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')).cases;
}
