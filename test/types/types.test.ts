import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('what must compile does, and what must not does not', async () => {
  const options = ['node_modules/typescript/bin/tsc', '-p', 'test/types/tsconfig.json'];
  const { stdout } = await run(process.execPath, options).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe('');
});
