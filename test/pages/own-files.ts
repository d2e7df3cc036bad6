import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Files of the repository that programs import as files of their own: the name there → the path. */
const ownFiles: Readonly<Record<string, string>> = {
  'reboot-once.ts': 'examples/testing-your-code/reboot-once.ts',
  'noted-tests.ts': 'test/pages/noted-tests.ts',
};

/** Makes a folder, and puts the files there that programs import as their own. */
export function addOwnFiles(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, path] of Object.entries(ownFiles)) {
    cpSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), `${folder}/${name}`);
  }
}
