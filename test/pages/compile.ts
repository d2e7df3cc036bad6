import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository, writeFiles } from '../codegen/protos/support.js';
import type { Program } from './blocks.js';
import { declarations } from './given.js';
import { addOwnFiles } from './own-files.js';

/** The file of a program in the folder of all. */
export function fileOf({ page, line }: Program): string {
  return `${page.replaceAll('/', '-').replace(/\.md$/, '')}-${line}.mts`;
}

/**
 * What the compiler says of programs, each a module of its own, with the page and its line; empty when
 * they are right.
 *
 * @param folder where they are written to
 */
export async function compileErrors(
  folder: string,
  programs: readonly Program[],
): Promise<readonly string[]> {
  writeFiles(folder, [
    ...programs.map((each): [string, string] => [fileOf(each), `${each.text}\nexport {};\n`]),
    ['given.d.ts', declarations(join(repository, 'test/pages/given.js'))],
    [
      'tsconfig.json',
      JSON.stringify({
        extends: join(repository, 'tsconfig.json'),
        compilerOptions: {
          typeRoots: [join(repository, 'node_modules/@types')],
          noUnusedLocals: false,
        },
        include: ['*'],
        exclude: [],
      }),
    ],
  ]);
  addOwnFiles(folder);
  try {
    const tsc = join(repository, 'node_modules/.bin/tsc');
    await promisify(execFile)(tsc, ['--noEmit', '-p', folder]);
    return [];
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string };
    const places = new Map(programs.map((each) => [fileOf(each), each]));
    return String(stdout ?? error)
      .trimEnd()
      .split('\n')
      .map((line) =>
        line.replace(/^(?:.*\/)?([\w.-]+\.mts)\((\d+),/, (all, file: string, row: string) => {
          const place = places.get(file);
          return place === undefined ? all : `${place.page}:${place.line - 1 + Number(row)} (`;
        }),
      );
  }
}
