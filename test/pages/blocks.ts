import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A block of code in a page: what stands between two fences. */
export interface Block {
  /** The path of the page. */
  readonly page: string;
  /** The line of the page where its text begins. */
  readonly line: number;
  /** What stands behind the first fence: the language. */
  readonly info: string;
  readonly text: string;
}

/** A block of TypeScript, and what the comments above it say of how it is checked. */
export interface Program extends Block {
  /** What it needs that no test has, such as `Omni`. Then it is compiled, and not run. */
  readonly needs: string | undefined;
  /** Whether it goes on until somebody stops it. */
  readonly isEndless: boolean;
}

/** The pages that people write. Those of docs/reference are made of docstrings. */
export const pages: readonly string[] = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'RELEASING.md',
  'CHANGELOG.md',
  'testkit/README.md',
  'testkit/ARCHITECTURE.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !/^reference\b|node_modules/.test(path))
    .map((path) => join('docs', path))
    .sort(),
];

/** The blocks of a page, those inside lists too. */
export function blocksIn(text: string, page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; indent: number; info: string; line: number } | undefined;
  let inside: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [, blanks = '', fence, info = ''] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence === undefined) continue;
      open = { fence, indent: blanks.length, info: info.trim(), line: index + 2 };
      inside = [];
    } else if (fence?.startsWith(open.fence) && info.trim() === '') {
      blocks.push({ page, line: open.line, info: open.info, text: `${inside.join('\n')}\n` });
      open = undefined;
    } else {
      inside.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line}: the block has no end`);
  return blocks;
}

export function blocksOf(page: string): readonly Block[] {
  return blocksIn(readFileSync(page, 'utf8'), page);
}

/** What a block of TypeScript says of itself. */
export function programOf(block: Block): Program {
  const [marks = ''] = /^(?:\/\/.*\n)*/.exec(block.text) ?? [];
  return {
    ...block,
    needs: /^\/\/ Needs (.+): not run in the tests\.$/m.exec(marks)?.[1],
    isEndless: /^\/\/ Runs until it is stopped\.$/m.test(marks),
  };
}

/** The blocks of TypeScript of a page. */
export function programsOf(page: string): readonly Program[] {
  return blocksOf(page)
    .filter(({ info }) => info === 'ts')
    .map(programOf);
}

/** Why a block could not be checked; nothing when it can be, or is no TypeScript. */
export function uncheckable({ info, text }: Block): string | undefined {
  if (info === 'ts') return undefined;
  if (/^(?:[cm]?[jt]sx?|typescript|javascript|node)\b/i.test(info)) {
    return `\`\`\`${info}: blocks of code begin with \`\`\`ts and nothing else, so that they are checked`;
  }
  if (
    /^\s*(?:import .* from |import\(|export (?:const|function|class|default|type|async|\{)|const \w+ = |(?:for )?await )/m.test(
      text,
    )
  ) {
    return 'it looks like TypeScript: begin it with ```ts, so that it is checked';
  }
  return undefined;
}
