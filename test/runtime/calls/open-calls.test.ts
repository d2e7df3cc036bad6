import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Open, OpenCalls } from '../../../src/runtime/calls/open-calls.js';

const newCall = (): Open => ({ place: -1, abandon: () => {} });

describe('the open calls of a client', () => {
  it('are those that were added and not taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 200 }), (steps) => {
        const calls = new OpenCalls();
        const model = new Set<Open>();
        for (const step of steps) {
          const taken = [...model][step % (model.size + 1)];
          if (taken === undefined) {
            const call = newCall();
            calls.add(call);
            model.add(call);
          } else {
            calls.delete(taken);
            calls.delete(taken);
            model.delete(taken);
          }
        }
        expect(new Set(calls.all())).toEqual(model);
        expect(calls.all()).toHaveLength(model.size);
      }),
    );
  });

  it('do not change when one is taken out that never was in', () => {
    const calls = new OpenCalls();
    const [one, other] = [newCall(), newCall()];
    calls.add(one);
    calls.delete(other);
    expect(calls.all()).toEqual([one]);
  });
});
