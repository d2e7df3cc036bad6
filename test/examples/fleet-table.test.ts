import { describe, expect, it, vi } from 'vitest';
import { judge } from '../../examples/fleet/report.js';
import { screenFor } from '../../examples/fleet/screen.js';
import { FleetTable, lineOf } from '../../examples/fleet/table.js';
import type { ProgressRow } from '../../src/fleet/runner.js';

const clusters = [
  { name: 'canary', nodes: ['10.5.0.2', '10.5.0.3'] },
  { name: 'oslo', nodes: ['10.5.0.2', '10.5.0.3'] },
];

function row(facts: Partial<ProgressRow>): ProgressRow {
  return {
    run: 'r',
    flow: 'r/canary',
    cluster: 'canary',
    node: '10.5.0.2',
    step: 'drain',
    state: 'running',
    sinceMs: 1000,
    attempt: 1,
    lastError: undefined,
    ...facts,
  };
}

describe('the table of a fleet', () => {
  it('has a line for each cluster and a column for each node, and what was not begun', () => {
    const table = new FleetTable(clusters);
    table.take(row({}));
    table.take(row({ node: '10.5.0.3', state: 'done' }));
    table.take(row({ cluster: 'oslo', state: 'failed', step: 'reboot' }));
    expect(table.lines(4000)).toEqual([
      'canary  drain 3 s        done',
      'oslo    FAILED: reboot   ·',
    ]);
  });

  it('says whether a row tells anything new', () => {
    const table = new FleetTable(clusters);
    expect(table.take(row({}))).toBe(true);
    expect(table.take(row({ sinceMs: 2000 }))).toBe(false);
    expect(table.take(row({ attempt: 2 }))).toBe(true);
    expect(table.take(row({ attempt: 2, state: 'done' }))).toBe(true);
    expect(table.take(row({ attempt: 2, state: 'done', step: 'reboot' }))).toBe(true);
    expect(table.take(row({ node: '10.5.0.3' }))).toBe(true);
  });

  it('has a line of text for a row, with its attempt and what went wrong', () => {
    expect(lineOf(row({}))).toBe('canary   10.5.0.2     drain');
    expect(lineOf(row({ attempt: 2, lastError: 'gone' }))).toContain('drain, attempt 2: gone');
  });
});

const ESC = '\u001b';
const sequences = new RegExp(`(${ESC}\\[\\d*[AJ]|\\n)`);

/** Somewhere to write to: all that was written, and what a terminal would show of it. */
function output(terminal: { readonly columns: number } | undefined) {
  let written = '';
  const stream = {
    isTTY: terminal !== undefined,
    columns: terminal?.columns,
    write(text: string) {
      written += text;
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  return {
    stream,
    written: () => written,
    /** Follows the two sequences that are used: up by so many lines, and erase all below. */
    shown(): readonly string[] {
      const lines = [''];
      let at = 0;
      for (const part of written.split(sequences)) {
        if (/\d+A$/.test(part) && part.startsWith(ESC)) at -= Number.parseInt(part.slice(2), 10);
        else if (part === `${ESC}[J`) lines.splice(at, lines.length, '');
        else if (part === '\n') {
          at += 1;
          lines[at] ??= '';
        } else lines[at] = `${lines[at]}${part}`;
      }
      return lines.slice(0, -1);
    },
  };
}

describe('the screen of a fleet', () => {
  it('is a table that changes in place on a terminal, below what was said', () => {
    vi.useFakeTimers({ now: 4000 });
    const { stream, shown } = output({ columns: 80 });
    const screen = screenFor(stream, clusters);
    screen.say('begun');
    screen.row(row({}));
    screen.say('half way');
    screen.row(row({ step: 'reboot', sinceMs: 4000 }));
    expect(shown()).toEqual([
      'begun',
      'half way',
      'canary  reboot 0 s       ·',
      'oslo    ·                ·',
    ]);
    vi.advanceTimersByTime(2000);
    expect(shown()[2]).toBe('canary  reboot 2 s       ·');
    screen.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('cuts lines that a narrow terminal would break', () => {
    const { stream, shown } = output({ columns: 20 });
    const screen = screenFor(stream, clusters);
    screen.row(row({ sinceMs: Date.now() }));
    screen.close();
    expect(shown()[0]).toBe('canary  drain 0 s  ');
  });

  it('is a line for each step that begins or fails, where there is no terminal', () => {
    const { stream, written } = output(undefined);
    const screen = screenFor(stream, clusters);
    screen.say('begun');
    screen.row(row({}));
    screen.row(row({ sinceMs: 2000 }));
    screen.row(row({ state: 'done' }));
    screen.row(row({ state: 'failed' }));
    screen.close();
    expect(written().split('\n')).toEqual([
      'begun',
      'canary   10.5.0.2     drain',
      'canary   10.5.0.2     drain FAILED',
      '',
    ]);
  });
});

describe('the last word on a fleet', () => {
  const node = { node: 'cp-1', version: 'v1.14.1', installs: 1, reboots: 1, schedulable: true };

  it('is that all nodes were upgraded once', () => {
    const { isGood, lines } = judge([{ cluster: 'oslo', nodes: [node] }], 'v1.14.1');
    expect(isGood).toBe(true);
    expect(lines).toEqual([
      '1 nodes of 1 clusters run v1.14.1: each was installed once, rebooted once, and is schedulable',
    ]);
  });

  it.each([
    { version: 'v1.14.0' },
    { installs: 0 },
    { installs: 2 },
    { reboots: 2 },
    { schedulable: false },
  ])('names a node that is not as it should be: %j', (flaw) => {
    const { isGood, lines } = judge(
      [{ cluster: 'oslo', nodes: [{ ...node, ...flaw }] }],
      'v1.14.1',
    );
    expect(isGood).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^WRONG: oslo cp-1 runs /);
  });
});
