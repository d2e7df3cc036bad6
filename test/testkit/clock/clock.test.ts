import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ClockScope, ManualClock, realClock, sleep } from '../../../testkit/src/base/time/clock.js';

describe('a manual clock', () => {
  it('stands still until it is turned', async () => {
    const clock = new ManualClock(Date.UTC(2026, 5, 1));
    const fired: number[] = [];
    clock.setTimer(1000, () => fired.push(clock.now()));
    expect(clock.now()).toBe(Date.UTC(2026, 5, 1));
    await clock.advance(999);
    expect(fired).toEqual([]);
    await clock.advance(1);
    expect(fired).toEqual([Date.UTC(2026, 5, 1) + 1000]);
  });

  it('fires timers in the order of their times, each at its own time', async () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    clock.setTimer(30, () => fired.push(`c at ${clock.now()}`));
    clock.setTimer(10, () => fired.push(`a at ${clock.now()}`));
    clock.setTimer(10, () => fired.push(`b at ${clock.now()}`));
    await clock.advance(100);
    expect(fired).toEqual(['a at 10', 'b at 10', 'c at 30']);
    expect(clock.now()).toBe(100);
  });

  it('fires timers that are set while it is turned', async () => {
    const clock = new ManualClock(0);
    const fired: number[] = [];
    const tick = () => {
      fired.push(clock.now());
      clock.setTimer(10, tick);
    };
    clock.setTimer(10, tick);
    await clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
    expect(clock.pending).toBe(1);
  });

  it('lets what a timer woke run before the next timer', async () => {
    const clock = new ManualClock(0);
    const seen: string[] = [];
    const follow = async () => {
      await sleep(clock, 10);
      seen.push('first sleep');
      await sleep(clock, 10);
      seen.push('second sleep');
    };
    const done = follow();
    clock.setTimer(15, () => seen.push('timer between'));
    await clock.advance(20);
    await done;
    expect(seen).toEqual(['first sleep', 'timer between', 'second sleep']);
  });

  it('does not fire a timer that was taken back', async () => {
    const clock = new ManualClock(0);
    let fired = false;
    clock
      .setTimer(5, () => {
        fired = true;
      })
      .cancel();
    await clock.advance(10);
    expect(fired).toBe(false);
    expect(clock.pending).toBe(0);
  });
});

describe('sleep', () => {
  it('rejects with the reason of a signal and leaves no timer', async () => {
    const clock = new ManualClock(0);
    const controller = new AbortController();
    const sleeping = sleep(clock, 1000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });

  it('sets no timer when the signal is aborted already', async () => {
    const clock = new ManualClock(0);
    await expect(sleep(clock, 1000, AbortSignal.abort('late'))).rejects.toBe('late');
    expect(clock.pending).toBe(0);
  });

  it('waits on the real clock too', async () => {
    const before = realClock.now();
    await sleep(realClock, 2);
    expect(realClock.now()).toBeGreaterThanOrEqual(before);
  });
});

describe('a part of a clock', () => {
  it('takes its timers back when it ends, and sets no more', async () => {
    const clock = new ManualClock(0);
    const scope = new ClockScope(clock);
    let fired = 0;
    const count = () => {
      fired += 1;
    };
    scope.setTimer(10, count);
    scope.setTimer(20, count);
    await clock.advance(10);
    scope.end();
    scope.setTimer(5, count);
    await clock.advance(100);
    expect(fired).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

describe('the real clock', () => {
  it('waits as long as it is told, also longer than a timer of Node can', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const fired: string[] = [];
    const week = 7 * 86_400_000;
    realClock.setTimer(10 * week, () => fired.push('ten weeks'));
    realClock.setTimer(Number.POSITIVE_INFINITY, () => fired.push('never'));
    realClock.setTimer(-5, () => fired.push('now'));
    const taken = realClock.setTimer(9 * week, () => fired.push('taken back'));
    await vi.advanceTimersByTimeAsync(8 * week);
    expect(fired).toEqual(['now']);
    taken.cancel();
    await vi.advanceTimersByTimeAsync(2 * week - 1);
    expect(fired).toEqual(['now']);
    await vi.advanceTimersByTimeAsync(1);
    expect(fired).toEqual(['now', 'ten weeks']);
    await vi.advanceTimersByTimeAsync(50 * week);
    expect(fired).toEqual(['now', 'ten weeks']);
  });
});
