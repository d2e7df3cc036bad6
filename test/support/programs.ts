import { accessSync, constants } from 'node:fs';
import { delimiter } from 'node:path';

/** The folders of `PATH`, in their order. */
export function foldersOf(path = ''): readonly string[] {
  return path.split(delimiter).filter((folder) => folder !== '');
}

/** Whether there is a program that this process may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
