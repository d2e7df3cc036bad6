import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../../src/events/index.js';
import { isXid } from '../../../testkit/src/base/random.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { events, type RuntimeEvent } from '../../../testkit/src/topics/events/events.js';
import { type EventInit, packPayload } from '../../../testkit/src/topics/events/payload.js';
import { startCluster } from '../support.js';

async function ring() {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock });
  const { machine } = cluster.node('cp-1');
  return { clock, cluster, machine, ring: machine.state(events) };
}

function task(name: string): EventInit {
  return { case: 'task', value: { task: name, action: 'START' } };
}

function nameOf({ payload }: RuntimeEvent): string | undefined {
  return payload.case === 'task' ? payload.value.task : undefined;
}

const open = () => new AbortController().signal;

// Talos: events, the ring that keeps them.
describe('the events of a node', () => {
  it('have ids that sort by time, also within a second', async () => {
    const { clock, ring: state } = await ring();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      ids.push(state.emit(task('a')).id, state.emit(task('b')).id);
      await clock.advance(1000);
    }
    expect(ids.every(isXid)).toBe(true);
    expect([...ids].sort()).toEqual(ids);
  });

  it('have ids that go on after a reboot, so that the last one seen is a place to read on', async () => {
    const { clock, machine, ring: state } = await ring();
    const { id } = state.emit(task('a'));
    machine.halt('crash');
    machine.boot();
    const { id: first } = machine.state(events).kept[0] as RuntimeEvent;
    expect(first > id).toBe(true);
    expect(clock.now()).toBe(new ManualClock().now());
  });

  it('are kept up to a thousand, of which about 990 can be asked for', async () => {
    const { ring: state } = await ring();
    for (let count = 0; count < 3000; count++) state.emit(task(`${count}`));
    expect(state.kept).toHaveLength(1000);
    const caller = new AbortController();
    const read: string[] = [];
    for await (const event of state.read({ events: -1 }, caller.signal)) {
      read.push(`${nameOf(event)}`);
      if (read.length === 990) caller.abort();
    }
    expect(read[0]).toBe('2010');
    expect(read.at(-1)).toBe('2999');
  });

  it('end for a reader that falls behind by more than is kept', async () => {
    const { ring: state } = await ring();
    const reader = state.read(undefined, open())[Symbol.asyncIterator]();
    state.emit(task('first'));
    expect((await reader.next()).value).toMatchObject({ payload: { value: { task: 'first' } } });
    for (let count = 0; count < 1001; count++) state.emit(task(`${count}`));
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it('can be read after an id that is gone: its order counts', async () => {
    const { ring: state } = await ring();
    const { id } = state.emit(task('gone'));
    for (let count = 0; count < 2000; count++) state.emit(task(`${count}`));
    expect(state.kept.some((event) => event.id === id)).toBe(false);
    const reader = state.read({ id }, open())[Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ payload: { value: { task: '1010' } } });
  });

  it('can be read by their age', async () => {
    const { clock, ring: state } = await ring();
    state.emit(task('old'));
    await clock.advance(10_000);
    state.emit(task('young'));
    const reader = state.read({ seconds: 5 }, open())[Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ payload: { value: { task: 'young' } } });
  });

  it('are gone with the boot, and what is read of them ends', async () => {
    const { machine, ring: state } = await ring();
    const reader = state.read(undefined, open())[Symbol.asyncIterator]();
    const next = reader.next();
    machine.halt('crash');
    expect(await next).toEqual({ done: true, value: undefined });
    machine.boot();
    const after = machine.state(events);
    expect(after).not.toBe(state);
    expect(after.kept.every(({ at }) => at >= machine.bootedAt)).toBe(true);
  });

  it('are the same in every cluster with the same seed', async () => {
    const [one, other] = await Promise.all([ring(), ring()]);
    expect(one.ring.kept).toEqual(other.ring.kept);
    expect(one.ring.kept.length).toBeGreaterThan(50);
  });

  it.each<EventInit>([
    { case: 'sequence', value: { sequence: 'boot', action: 'START' } },
    { case: 'phase', value: { phase: 'cleanup', action: 'STOP' } },
    { case: 'task', value: { task: 'stopAllPods', action: 'STOP' } },
    { case: 'serviceState', value: { service: 'etcd', action: 'RUNNING', message: 'up' } },
    { case: 'configLoadError', value: { error: 'yaml' } },
    { case: 'configValidationError', value: { error: 'no type' } },
    { case: 'address', value: { hostname: 'cp-1', addresses: ['10.5.0.2'] } },
    { case: 'machineStatus', value: { stage: 'RUNNING', status: { ready: true } } },
    { case: 'restart', value: { cmd: 0x1234567n } },
  ])('of case $case are packed as Talos does', (payload) => {
    const data = packPayload(payload);
    expect(data.typeUrl).toMatch(/^talos\/runtime\/machine\.[A-Za-z]+Event$/);
    const event = { metadata: undefined, id: '', actorId: '', data };
    expect(decodeEvent(event).payload).toMatchObject(payload);
  });
});

describe('the boot of a node', () => {
  it('tells of sequences, phases, tasks, services, addresses and status', async () => {
    const { ring: state } = await ring();
    const told = new Set(state.kept.map(({ payload }) => payload.case));
    expect([...told].sort()).toEqual([
      'address',
      'machineStatus',
      'phase',
      'sequence',
      'serviceState',
      'task',
    ]);
    const last = state.kept.findLast(({ payload }) => payload.case === 'machineStatus');
    expect(last?.payload.value).toMatchObject({
      stage: 'RUNNING',
      status: { ready: true, unmetConditions: [] },
    });
  });

  it('gives no actor to events that nobody asked for', async () => {
    const { ring: state } = await ring();
    expect(new Set(state.kept.map(({ actorId }) => actorId))).toEqual(new Set(['']));
  });
});
