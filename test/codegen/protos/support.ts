import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Contract, FileFacts } from '../../../codegen/protos/contract.js';
import { readContract } from '../../../codegen/protos/read-contract.js';

/** The root of the repository. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'protos-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder: path → text. */
export function writeFiles(folder: string, files: Iterable<readonly [string, string]>): string {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A temporary folder with these files. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  return writeFiles(temporaryFolder(), Object.entries(files));
}

/** A contract of some files that each say only what matters to a test. */
export function contractOf(...files: (Partial<FileFacts> & { readonly path: string })[]): Contract {
  return {
    source: { talos: 'v1.0.0' },
    notEmbedded: [],
    files: files.map((file) => ({
      package: 'sample',
      imports: [],
      services: [],
      messages: [],
      enums: [],
      ...file,
    })),
  };
}

/** The same contract as the text of a JSON document. */
export function contractJson(contract: Contract): string {
  return JSON.stringify({
    format: 'talos-wire-contract/1',
    version: contract.source.talos,
    source: contract.source,
    notEmbedded: contract.notEmbedded,
    files: contract.files.map((file) => ({ ...file, syntax: 'proto3' })),
  });
}

/** The folder that holds the wire contracts of Talos; `TALOS_CONTRACT_DIR` names another one. */
const contracts = process.env.TALOS_CONTRACT_DIR ?? join(repository, '../shared/contract');

/** Why tests against the published contracts cannot run; `undefined` if they can. */
export const withoutContracts = existsSync(join(contracts, 'talos-v1.14.json'))
  ? undefined
  : `no wire contracts in ${contracts}; name their folder in TALOS_CONTRACT_DIR`;

/** The path of the contract of a Talos minor release. */
export function contractPath(minor: string): string {
  return join(contracts, `talos-v${minor}.json`);
}

/** The contract of a Talos minor release. */
export function talosContract(minor: string): Contract {
  return readContract(readFileSync(contractPath(minor), 'utf8'), `talos-v${minor}.json`);
}
