import { expect, it } from 'vitest';
import { run } from '../../examples/support.js';

it('three workers upgrade a fleet once, although one of them is killed in the middle', async () => {
  const { code, output, errors } = await run(['examples/fleet/postgres.ts']);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toMatch(/^kill -9 \d+: worker-1 is gone/m);
  expect(output.trimEnd().split('\n').at(-1)).toBe(
    '17 nodes of 6 clusters run v1.14.1: each was installed once, rebooted once, and is schedulable',
  );
}, 300_000);
