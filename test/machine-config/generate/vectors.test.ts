import { describe, expect, it } from 'vitest';
import { generateMachineConfig } from '../../../src/machine-config/generate/machine-configs.js';
import { contracts, types, variants, vectorText } from '../secrets/vectors.js';
import { options } from './options.js';

describe.each(contracts)('a configuration of contract %s', (contract) => {
  const cases = variants.flatMap((variant) => types.map((type) => [variant, type] as const));
  it.each(cases)(
    'with the options %s for a %s is the official one, byte for byte',
    (variant, type) => {
      const config = generateMachineConfig(type, { ...options[variant], talos: contract });
      expect(config.toString()).toBe(vectorText(contract, variant, type));
    },
  );
});
