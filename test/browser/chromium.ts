import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { foldersOf, isProgram } from '../support/programs.js';

/** What distributions call it. */
const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * The Chromium of this system: what `CHROMIUM` names, or the first one in `PATH`.
 *
 * @throws {Error} when there is none; the error says what to install
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
  const { CHROMIUM: named = '', PATH } = env;
  const inPath = names.flatMap((name) => foldersOf(PATH).map((folder) => join(folder, name)));
  const found = named === '' ? inPath.find(isProgram) : named;
  if (found === undefined || !isProgram(found)) {
    const where = named === '' ? `none of ${names.join(', ')} is in PATH` : `there is no ${named}`;
    throw new Error(
      `Chromium is needed, and ${where}: install it, on Debian with ` +
        'apt-get install chromium, or name a program in CHROMIUM',
    );
  }
  return found;
}

/**
 * Starts the Chromium of this system, headless. Close it with `close()`.
 *
 * @throws {Error} when there is none
 */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      // Within a container, root has no sandbox, and /dev/shm is small. Pages are our own.
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      // Nothing leaves this machine.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}
