import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { Play, type Script } from '../../../testkit/src/base/time/script.js';

function played(script: (told: string[]) => Script) {
  const clock = new ManualClock();
  const told: string[] = [];
  const listeners = new Set<(topic: string) => void>();
  const onChange = (listener: (topic: string) => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  const play = new Play({ clock, onChange }, script(told), (problem) => {
    told.push(problem instanceof Error ? `failed: ${problem.message}` : 'ended');
  });
  play.begin();
  return { clock, told, play, change: () => [...listeners].map((listener) => listener('it')) };
}

function* lasting(told: string[], name: string, ms: number, fails = false): Script {
  told.push(`${name} began`);
  yield ms;
  if (fails) throw new Error(name);
  told.push(`${name} ended`);
}

describe('scripts side by side', () => {
  it('take as long as the longest, and the one that began them goes on after it', async () => {
    const { clock, told } = played(function* (told) {
      yield [lasting(told, 'long', 30), lasting(told, 'short', 10), lasting(told, 'none', 0)];
      told.push('on');
    });
    expect(told).toEqual(['long began', 'short began', 'none began']);
    await clock.advance(10);
    expect(told.slice(3)).toEqual(['none ended', 'short ended']);
    await clock.advance(20);
    expect(told.slice(5)).toEqual(['long ended', 'on', 'ended']);
  });

  it('end with the first that fails, which the one that began them may catch', async () => {
    const { clock, told } = played(function* (told) {
      try {
        yield [lasting(told, 'good', 30), lasting(told, 'bad', 10, true)];
      } finally {
        told.push('cleaned up');
      }
    });
    await clock.advance(60);
    expect(told).toEqual(['good began', 'bad began', 'cleaned up', 'failed: bad']);
  });

  it('that fail before others began leave those out', () => {
    const { told } = played(function* (told) {
      yield [
        // biome-ignore lint/correctness/useYield: it fails at once
        (function* (): Script {
          throw new Error('at once');
        })(),
        lasting(told, 'other', 10),
      ];
    });
    expect(told).toEqual(['failed: at once']);
  });

  it('wait for what holds about the node, too', () => {
    let holds = false;
    const { told, change } = played(function* (told) {
      yield [
        (function* (): Script {
          yield () => holds;
          told.push('holds');
        })(),
      ];
    });
    change();
    expect(told).toEqual([]);
    holds = true;
    change();
    expect(told).toEqual(['holds', 'ended']);
  });

  it('are over at once when there are none', () => {
    const { told } = played(function* () {
      yield [];
    });
    expect(told).toEqual(['ended']);
  });

  it('end when the one that began them is cancelled', async () => {
    const { clock, told, play } = played(function* (told) {
      yield [lasting(told, 'one', 10)];
    });
    play.cancel();
    await clock.advance(60);
    expect(told).toEqual(['one began']);
  });
});
