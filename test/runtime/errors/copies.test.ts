import { expect, it, vi } from 'vitest';
import * as one from '../../../src/runtime/errors/any-error.js';
import { TalosClosedError } from '../../../src/runtime/errors/closed-error.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { TalosFanOutError } from '../../../src/runtime/errors/fan-out-error.js';
import { MachineConfigError } from '../../../src/runtime/errors/machine-config-error.js';
import { TalosProtocolError } from '../../../src/runtime/errors/protocol-error.js';
import { TalosError } from '../../../src/runtime/errors/talos-error.js';

/** The same class from a second copy of the package. */
async function copyOf<T>(load: () => Promise<T>): Promise<T> {
  vi.resetModules();
  return load();
}

const errors = () => [
  new TalosConfigError('a'),
  new TalosClosedError(),
  new TalosFanOutError([], 0),
  new TalosProtocolError('a'),
  new MachineConfigError([]),
];

it.each(errors().map((error) => [error.name, error] as const))(
  '%s is an instance of its class in another copy, and of no other class',
  async (name, error) => {
    const copies: Record<string, new (...args: never[]) => unknown> = await copyOf(async () => ({
      ...(await import('../../../src/runtime/errors/config-error.js')),
      ...(await import('../../../src/runtime/errors/closed-error.js')),
      ...(await import('../../../src/runtime/errors/fan-out-error.js')),
      ...(await import('../../../src/runtime/errors/protocol-error.js')),
      ...(await import('../../../src/runtime/errors/machine-config-error.js')),
    }));
    const same = Object.keys(copies).filter((each) => {
      const Copy = copies[each];
      return Copy !== undefined && error instanceof Copy;
    });
    expect(copies[name]).not.toBe(error.constructor);
    expect(same).toEqual([name]);
    expect(one.isTalosError(error)).toBe(true);
  },
);

it('classes that others derive have their own instances alone', () => {
  class Own extends TalosConfigError {}
  expect(new Own('a')).toBeInstanceOf(Own);
  expect(new Own('a')).toBeInstanceOf(TalosConfigError);
  expect(new TalosConfigError('a')).not.toBeInstanceOf(Own);
});

it('what is no error of the library is no instance', () => {
  for (const value of [undefined, null, 1, 'a', {}, new Error('a'), { code: 'config' }]) {
    expect(value instanceof TalosConfigError).toBe(false);
    expect(value instanceof TalosError).toBe(false);
  }
});
