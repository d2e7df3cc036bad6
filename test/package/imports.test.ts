import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Who may import whom: folder → folders and packages. The first row that fits a file counts. */
const table: [folder: string, mayImport: readonly string[]][] = [
  ['src/runtime/wire', ['src/runtime/wire', 'src/runtime/codec', 'src/runtime/errors']],
  ['src/runtime', ['src/runtime', '@grpc/grpc-js', 'node:']],
  [
    'src/machine-config',
    ['src/machine-config', 'src/runtime/errors', 'src/pki', 'generated/machine-config', 'yaml'],
  ],
  ['generated/machine-config', ['generated/machine-config', 'src/machine-config/values']],
  ['src/talosconfig', ['src/talosconfig', 'src/runtime', 'yaml', 'node:']],
  ['src/events', ['src/events', 'src/runtime/codec', 'generated/features', 'generated/messages']],
  ['src/pki', ['src/pki', 'node:']],
  ['src/testkit', ['src', 'generated', '@grpc/grpc-js', 'yaml', 'node:']],
  ['src/index', ['src/runtime']],
  ['generated/messages', ['src/runtime/codec', 'src/runtime/wire', 'generated/messages']],
  [
    'generated/server',
    [
      'src/runtime/codec',
      'src/runtime/wire',
      'src/runtime/method',
      'generated/features',
      'generated/messages',
      'generated/server',
    ],
  ],
  ['generated/features', ['src/runtime', 'generated/messages']],
  ['generated/full', ['src/runtime', 'generated/features']],
  ['codegen', ['codegen', 'protobufjs', 'handlebars', 'ts-morph', 'yaml', 'node:']],
];

const files = ['src', 'generated', 'codegen'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path)),
);

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const found = source.matchAll(
    /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gms,
  );
  return [...found].map(([, from, bare, lazy]) => {
    const name = from ?? bare ?? lazy ?? '';
    return name.startsWith('.') ? join(dirname(file), name).replace(/\.js$/, '') : name;
  });
}

describe.each(table.map(([folder]) => folder))('%s', (folder) => {
  it('imports only what its row of the table allows', () => {
    const own = files.filter((file) => table.find(([row]) => file.startsWith(row))?.[0] === folder);
    expect(own.length).toBeGreaterThan(0);
    const allowed = table.find(([row]) => row === folder)?.[1] ?? [];
    const wrong = own.flatMap((file) =>
      importsOf(file)
        .filter((name) => !allowed.some((prefix) => name.startsWith(prefix)))
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});

it('every file of the library and of the generator has a row', () => {
  const homeless = files.filter((file) => !table.some(([row]) => file.startsWith(row)));
  expect(homeless).toEqual([]);
});
