import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './addresses.js';

/** A program of `examples/`: a file, or a folder of them. */
export interface Example {
  readonly name: string;
  /** What it does, by its first comment or its README. */
  readonly what: string;
  /** Whether it has a README, which is its page. */
  readonly hasPage: boolean;
  /** Path from the folder of the repository → text; what one reads first comes first. */
  readonly files: readonly (readonly [path: string, text: string])[];
}

/** All programs of `examples/`. */
export function examples(): readonly Example[] {
  const folder = join(repository, 'examples');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') || statSync(join(folder, name)).isDirectory())
    .sort()
    .map((name) => {
      const isFile = name.endsWith('.ts');
      const paths = isFile
        ? [`examples/${name}`]
        : readdirSync(join(folder, name))
            .filter((each) => each.endsWith('.ts'))
            .sort((a, b) => Number(b === 'main.ts') - Number(a === 'main.ts') || (a < b ? -1 : 1))
            .map((each) => `examples/${name}/${each}`);
      const files = paths.map(
        (path) => [path, readFileSync(join(repository, path), 'utf8')] as const,
      );
      const readme = join(folder, name, 'README.md');
      const hasPage = existsSync(readme);
      const [title = ''] = hasPage ? (/(?<=^# ).*$/m.exec(readFileSync(readme, 'utf8')) ?? []) : [];
      const [what = ''] = files.map(([, text]) => firstComment(text)).filter((each) => each !== '');
      return {
        name: name.replace(/\.ts$/, ''),
        what: hasPage ? `${title}.` : what,
        hasPage,
        files,
      };
    });
}

/** The first sentence of the comment that a program begins with. */
function firstComment(text: string): string {
  const [comment = ''] = /^(?:\/\/.*\n)+/.exec(text) ?? [];
  const lines = comment.split('\n').map((line) => line.replace(/^\/\/ ?/, ''));
  return /^.*?[.:](?= |$)/.exec(lines.join(' '))?.[0].replace(/:$/, '.') ?? '';
}
