import { expect, it } from 'vitest';
import { parseMachineConfig, validateMachineConfig } from '../../../src/machine-config/index.js';

it.each([
  ['a machine token', 'worker ux8fb8.dti3u3t85oqrqq8e'],
  ['a key in base64', 'worker gHq2bWnS4Gf7yT0Jv1pLw9RkzXc3Ae5UoI8dEmNs6Pk='],
])('%s that slipped into another field is not repeated', (_, type) => {
  const config = parseMachineConfig(`machine: {type: ${JSON.stringify(type)}}\ncluster: {}\n`);
  const { errors } = validateMachineConfig(config);
  const text = errors.join('\n');
  expect(text).toContain('unknown machine type "worker ******"');
  expect(text).not.toContain(type.slice(7, 20));
});
