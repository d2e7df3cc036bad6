import { expect, it } from 'vitest';
import { attemptStep } from '../../src/fleet/engine/attempts.js';
import type { FlowMemory } from '../../src/fleet/engine/memory.js';
import type { StepAttempt } from '../../src/fleet/flow.js';
import type { Json } from '../../src/fleet/json.js';
import { TalosFlowError } from '../../src/runtime/errors/flow-error.js';
import { turnedParts } from './support/turned-parts.js';

/** A memory of which attempts use only this. */
function memoryWith(confirm: () => Promise<void>): FlowMemory {
  const signal = new AbortController().signal;
  return {
    id: 'run',
    signal,
    begin: async () => ({ attempt: 1, isUnknown: false, detail: undefined }),
    failed: async () => {},
    confirm,
    tell: () => {},
  } as Partial<FlowMemory> as FlowMemory;
}

it('an attempt that finds its run overtaken is not a failure of the step', async () => {
  const overtaken = new TalosFlowError('elsewhere', { reason: 'overtaken' });
  const memory = memoryWith(() => Promise.reject(overtaken));
  const run = async ({ confirm }: StepAttempt): Promise<Json> => {
    await confirm();
    return 'acted';
  };
  const step = { name: 'x', run, options: { retries: 3 } };
  await expect(attemptStep(memory, turnedParts(), step)).rejects.toBe(overtaken);
});

it('an attempt whose time is over while it confirms does not act', async () => {
  let confirmed = () => {};
  const memory = memoryWith(
    () =>
      new Promise((resolve) => {
        confirmed = resolve;
      }),
  );
  let acted: unknown;
  const run = async ({ confirm }: StepAttempt): Promise<Json> => {
    acted = await confirm().then(
      () => true,
      () => false,
    );
    return null;
  };
  const parts = turnedParts();
  const step = { name: 'x', run, options: { timeoutMs: 1000 } };
  const ended = await parts.turnUntil(attemptStep(memory, parts, step));
  expect(ended).toMatchObject({ state: 'failed', error: { outcome: 'unknown' } });
  confirmed();
  await new Promise((resolve) => setImmediate(resolve));
  expect(acted).toBe(false);
});
