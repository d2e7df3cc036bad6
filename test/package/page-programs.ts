import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { folderOf, repository } from '../codegen/protos/support.js';

/** The programs of a page: its blocks of TypeScript, with what stands behind `ts`. */
export function programsOf(page: string, mark = ''): string[] {
  const info = mark === '' ? 'ts' : `ts ${mark}`;
  return [...page.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].flatMap(([, own, text = '']) =>
    own === info ? [text] : [],
  );
}

/**
 * What the compiler says of programs, each a module of its own; empty when they are right.
 *
 * @param given declarations that all of them may use
 * @param others further files: name → text
 */
export function compileErrors(
  programs: readonly string[],
  given: string,
  others: Readonly<Record<string, string>> = {},
): string {
  const files = programs.map((text, index) => [`program-${index}.mts`, `${text}\nexport {};\n`]);
  const folder = folderOf({
    ...Object.fromEntries(files),
    ...others,
    'given.d.ts': given,
    'tsconfig.json': JSON.stringify({
      extends: join(repository, 'tsconfig.json'),
      compilerOptions: {
        typeRoots: [join(repository, 'node_modules/@types')],
        noUnusedLocals: false,
      },
      include: ['*'],
      exclude: [],
    }),
  });
  // What programs import besides the package.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  try {
    return execFileSync(resolve('node_modules/.bin/tsc'), ['--noEmit', '-p', folder], {
      encoding: 'utf8',
    });
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}
