import { describe, expect, it } from 'vitest';
import {
  MachineConfigError,
  parseMachineConfig,
  validateMachineConfig,
} from '../../../src/machine-config/index.js';
import {
  casesOf,
  generatedConfigs,
  type ValidateVector,
  type Verdict,
} from '../support/vectors.js';

const cases = casesOf<ValidateVector>('validate.json');

/** The one message of Talos that shows a secret, as it is here. */
function withoutSecret(leaf: string): string {
  return leaf.replace(/(invalid clusterSecret: .*: )\S+$/, '$1******');
}

describe.each(cases.filter(({ LoadError }) => LoadError === ''))('$Name', (vector) => {
  const config = parseMachineConfig(vector.Config);

  it.each([
    ['metal', vector.Metal],
    ['container', vector.Container],
  ] as [mode: 'metal' | 'container', due: Verdict][])(
    'is judged as by Talos in mode %s',
    (mode, due) => {
      expect(validateMachineConfig(config, { mode })).toEqual({
        valid: due.Valid,
        errors: due.Leaves.map(withoutSecret),
        warnings: due.Warnings,
      });
    },
  );
});

it.each(cases.filter(({ LoadError }) => LoadError !== ''))('$Name is refused', ({ Config }) => {
  expect(() => parseMachineConfig(Config)).toThrow(MachineConfigError);
});

it('what Talos generates is valid in every mode, but for kernel arguments beside a UKI', () => {
  for (const { name, text } of generatedConfigs()) {
    for (const mode of ['metal', 'cloud', 'container'] as const) {
      const { errors } = validateMachineConfig(parseMachineConfig(text), { mode });
      const due =
        mode === 'metal' && name.startsWith('no-discovery') && text.includes('grubUseUKICmdline')
          ? [
              "v1alpha1.Config: install.extraKernelArgs and install.grubUseUKICmdline can't be used together",
            ]
          : [];
      expect(errors).toEqual(due);
    }
  }
});
