import { expect, it } from 'vitest';
import { run } from './support.js';

it('machine-configs: five machines come up with generated configurations, and one setting changes', async () => {
  const { code, output, errors } = await run(['examples/machine-configs.ts'], {});
  expect(errors).toBe('');
  expect(code).toBe(0);
  const names = ['cp-1', 'cp-2', 'cp-3', 'worker-1', 'worker-2'];
  const lines = output.trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual([
    'all machines are configured',
    'the cluster is healthy: true',
  ]);
  expect(lines.slice(-5)).toEqual(names.map((name) => `${name}: changed without a reboot`));
  const diff = lines.slice(2, -5);
  expect(diff.slice(0, 2)).toEqual(['--- a', '+++ b']);
  expect(diff).toContain('+    net.core.somaxconn: "65535"');
  // What is shown holds no key.
  expect(output).not.toMatch(/PRIVATE KEY|LS0tLS1CRUdJTi/);
});
