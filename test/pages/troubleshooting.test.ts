import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

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

/** Whether one of the sources has all parts of a message, in this order and near each other. */
function isIn(message: string, sources: readonly string[]): boolean {
  const parts = message.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(parts.join('[\\s\\S]{0,250}?'));
  return sources.some((source) => pattern.test(source));
}

const sections = page.split(/^## /m).slice(1);
const sectionOf = (heading: string) => sections.find((text) => text.startsWith(`${heading}\n`)) ?? '';

describe('the index of messages', () => {
  it('quotes what the sources say', () => {
    const own = sections.filter((text) => !/^(?:Words of the node|Warnings)/.test(text));
    const messages = own.flatMap(messagesOf);
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
    const source = readFileSync(path, 'utf8').replace(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    const literals = [
      ...source.replace(/['"`]\s*\+\s*['"`]/g, '').matchAll(/'([^'\n]{20,})'|`([^`\n]{20,})`/g),
    ].map(([, text, template]) => text ?? template ?? '');
    const texts = literals
      .filter((text) => text.includes(' '))
      .map((text) => text.split(/\$\{.*?\}(?![^$]*\})|\$\{[^}]*\}/))
      .map((parts) => parts.reduce((most, part) => (part.length > most.length ? part : most), ''))
      .map((text) => text.trim())
      .filter((text) => text.length >= 12);
    expect(texts.length).toBeGreaterThan(5);
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
  ])('has every word of %s', (path, type) => {
    const all = wordsOf(path, type);
    expect(all.length).toBeGreaterThan(2);
    expect(all.filter((word) => !errors.includes(`\`${word}\``))).toEqual([]);
  });
});
