import { describe, expect, it } from 'vitest';
import { formatRecord } from '../../../testkit/src/topics/logs/dmesg.js';
import { lastLines } from '../../../testkit/src/topics/logs/tail.js';
import {
  containerLogTime,
  goLogTime,
  rfc3339Nano,
} from '../../../testkit/src/topics/logs/timestamps.js';

// Talos: `tail_lines` -1 is everything, 0 nothing, n the last n lines.
describe('the last lines of a log', () => {
  it.each([
    ['a\nb\nc\n', -1, 'a\nb\nc\n'],
    ['a\nb\nc\n', -7, 'a\nb\nc\n'],
    ['a\nb\nc\n', 0, ''],
    ['a\nb\nc\n', 1, 'c\n'],
    ['a\nb\nc\n', 2, 'b\nc\n'],
    ['a\nb\nc\n', 3, 'a\nb\nc\n'],
    ['a\nb\nc\n', 4, 'a\nb\nc\n'],
    ['a\nb\nc', 1, 'c'],
    ['a\nb\nc', 2, 'b\nc'],
    ['\n\n\n', 2, '\n\n'],
    ['\na\n', 2, '\na\n'],
    ['\n', 1, '\n'],
    ['a', 1, 'a'],
    ['', 1, ''],
    ['', -1, ''],
  ])('of %j, %d of them, are %j', (log, lines, last) => {
    expect(lastLines(Buffer.from(log), lines).toString()).toBe(last);
  });
});

describe('a time in a log', () => {
  const base = Date.UTC(2026, 0, 2, 3, 4, 5);

  it.each([
    [base, '2026-01-02T03:04:05Z', '2026/01/02 03:04:05.000000', '2026-01-02T03:04:05.000000000Z'],
    [
      base + 250,
      '2026-01-02T03:04:05.25Z',
      '2026/01/02 03:04:05.250000',
      '2026-01-02T03:04:05.250000000Z',
    ],
    [
      base + 0.125,
      '2026-01-02T03:04:05.000125Z',
      '2026/01/02 03:04:05.000125',
      '2026-01-02T03:04:05.000125000Z',
    ],
  ])('%d has the digits of whoever writes it', (ms, kernel, go, container) => {
    expect(rfc3339Nano(ms)).toBe(kernel);
    expect(goLogTime(ms)).toBe(go);
    expect(containerLogTime(ms)).toBe(container);
  });
});

// Talos: `facility: priority(7 wide): [time]: text`.
it('a record of the kernel has its priority seven wide', () => {
  const at = Date.UTC(2026, 0, 1);
  const record = { facility: 'kern', at, text: 'text\n' } as const;
  expect(formatRecord({ ...record, priority: 'info' })).toBe(
    'kern:    info: [2026-01-01T00:00:00Z]: text\n',
  );
  expect(formatRecord({ ...record, facility: 'daemon', priority: 'warning' })).toBe(
    'daemon: warning: [2026-01-01T00:00:00Z]: text\n',
  );
});
