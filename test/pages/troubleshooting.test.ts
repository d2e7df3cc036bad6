import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventsMethods } from '../../generated/features/events.js';
import { systemMethods } from '../../generated/features/system.js';
import { parseMachineConfig } from '../../src/machine-config/index.js';
import { deadlineError } from '../../src/runtime/calls/failures.js';

// The page that lists messages: each stands in the sources as it is quoted, and what the client says of
// connections, refusals and lost calls is on the page.

const page = readFileSync('docs/guides/troubleshooting.md', 'utf8');
const errors = readFileSync('docs/guides/errors.md', 'utf8');

/** A source with its texts in one piece, wherever they were broken over lines. */
function joined(source: string): string {
  return source
    .replace(/['"`]\s*\+\s*['"`]/g, '')
    .replace(/\\(.)/g, '$1')
    .replaceAll('`', '');
}

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => joined(readFileSync(join(folder, path), 'utf8')));
}

const ours = sourcesBelow('src');
const words = sourcesBelow('testkit/src');

/** The messages of the tables below a heading: what stands as code, and is more than a name. */
function messagesOf(section: string): readonly string[] {
  const rows = section.split('\n').filter((line) => /^\| (?!---|message|text|code)/.test(line));
  const spans = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
  return rows.flatMap((row) => {
    const [first = '', ...others] = row.slice(2).split(' | ');
    const quoted = others.flatMap(spans).filter((text) => text.split(' ').length > 4);
    return [...spans(first), ...quoted];
  });
}

/** How many characters may stand in the sources where a message has `…`. */
const LONGEST_GAP = 400;

/** Whether one of the sources has all parts of a message, in this order and near each other. */
function isIn(message: string, sources: readonly string[]): boolean {
  const [first = '', ...others] = message.split('…').filter((part) => part.trim() !== '');
  const goesOn = (source: string, end: number) =>
    others.reduce((from, part) => {
      const at = from === -1 ? -1 : source.slice(from, from + LONGEST_GAP).indexOf(part);
      return at === -1 ? -1 : from + at + part.length;
    }, end) !== -1;
  return sources.some((source) => {
    for (let at = source.indexOf(first); at !== -1; at = source.indexOf(first, at + 1)) {
      if (goesOn(source, at + first.length)) return true;
    }
    return false;
  });
}

const given = {
  call: undefined as never,
  endpoint: undefined,
  outcome: 'unknown',
  earlier: undefined,
  attempts: 1,
} as const;
const unary = { ...given, call: { method: systemMethods.version } as never };
const stream = { ...given, call: { method: eventsMethods.watch } as never };

/** Messages that the sources put together of parts, as they come about. */
const produced: readonly string[] = [
  deadlineError(unary, 100, ['10.0.0.2:50000: TLS']).message,
  deadlineError(stream, 100, []).message,
  ...[
    'apiVersion: v1alpha1\nkind: LinkConfg\nname: eth0\n',
    'apiVersion: v1alpha1\nkind: OOMConfig\nsampleInterval: 3\n',
    'apiVersion: v1alpha1\nkind: UserVolumeConfig\nname: data\nprovisioning: {minSize: 1x}\n',
  ].map((text) => {
    try {
      return parseMachineConfig(text).toString();
    } catch (error) {
      return (error as Error).message;
    }
  }),
];

function isProduced(message: string): boolean {
  const parts = message.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return produced.some((text) => new RegExp(parts.join('.*')).test(text));
}

const sections = page.split(/^## /m).slice(1);
const sectionOf = (heading: string) =>
  sections.find((text) => text.startsWith(`${heading}\n`)) ?? '';

describe('the index of messages', () => {
  it('quotes what the sources say', () => {
    const own = sections.filter((text) => !/^(?:Words of the node|Warnings)/.test(text));
    const messages = own.flatMap(messagesOf).filter((message) => !isProduced(message));
    expect(messages.length).toBeGreaterThan(130);
    expect(messages.filter((message) => !isIn(message, ours))).toEqual([]);
  });

  it('quotes enough of a message to find it', () => {
    const short = sections
      .flatMap(messagesOf)
      .filter((message) => message.replaceAll('…', '').replace(/\W/g, '').length < 8);
    expect(short.filter((message) => message !== 'stands twice')).toEqual([]);
  });

  it('quotes words of the node that the simulated nodes say as well', () => {
    const messages = messagesOf(sectionOf('Words of the node'));
    expect(messages.length).toBeGreaterThan(4);
    expect(messages.filter((message) => !isIn(message, words))).toEqual([]);
  });

  it.each([
    'src/runtime/calls/hints.ts',
    'src/runtime/calls/failures.ts',
    'src/runtime/dial/tls-errors.ts',
  ])('has every message of %s', (path) => {
    const lines = readFileSync(path, 'utf8')
      .replace(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$|\/\/ .*$|^import .*$/gm, '')
      .replace(/['"`]\s*\+\s*['"`]/g, '')
      .split('\n')
      .filter((line) => /['`]/.test(line));
    // Five words in a row are a sentence, and no code.
    const texts = lines.flatMap(
      (line) => line.match(/[A-Za-z](?:[A-Za-z,;()-]* ){4,}[A-Za-z]+/g) ?? [],
    );
    expect(texts.length).toBeGreaterThan(8);
    expect(texts.filter((text) => !page.includes(text))).toEqual([]);
  });

  it('has every warning of the process', () => {
    const codes = ours.flatMap((source) => source.match(/'TALOS_CLIENT_[A-Z_]+'/g) ?? []);
    expect(codes.length).toBeGreaterThan(2);
    expect(codes.filter((code) => !page.includes(code.slice(1, -1)))).toEqual([]);
  });
});

describe('the page on errors', () => {
  /** The words of a union in a source. */
  function wordsOf(path: string, type: string): readonly string[] {
    const [, union = ''] =
      new RegExp(`type ${type} =([^;]+);`).exec(readFileSync(path, 'utf8')) ?? [];
    return [...union.matchAll(/'([\w-]+)'/g)].map(([, word = '']) => word);
  }

  it.each([
    ['src/runtime/errors/status.ts', 'StatusName'],
    ['src/runtime/errors/outcome.ts', 'Outcome'],
    ['src/runtime/dial/connection-error.ts', 'ConnectionProblem'],
    ['src/runtime/errors/flow-error.ts', 'FlowReason'],
  ])('has every word of %s', (path, type) => {
    const all = wordsOf(path, type);
    expect(all.length).toBeGreaterThan(2);
    expect(all.filter((word) => !errors.includes(`\`${word}\``))).toEqual([]);
  });

  it('has every class of errors', () => {
    const folder = 'src/runtime/errors';
    const codes = readdirSync(folder).flatMap((name) => {
      const [, code] =
        /readonly code = '([\w-]+)';/.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
      return code ?? [];
    });
    expect(codes.length).toBeGreaterThan(6);
    expect(codes.filter((code) => !errors.includes(`| \`${code}\` | \``))).toEqual([]);
  });
});
