import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../support/subpaths.js';

/**
 * Who may import whom: folder or file → folders, files and packages. The first row that fits a file
 * counts. `src/runtime` is what lies in it directly: what a client is made of, and the plain data that
 * the rooms below share.
 */
const shared = [
  'src/runtime/abort-listeners',
  'src/runtime/addressing',
  'src/runtime/call-options',
  'src/runtime/caller-context',
  'src/runtime/metadata',
  'src/runtime/method',
  'src/runtime/observed-client',
  'src/runtime/retry-options',
  'src/runtime/stream',
  'src/runtime/timers',
  'src/runtime/transport',
];

/** Rows of folders that import themselves and those after them, and what all of them may import. */
function floors(
  root: string,
  names: readonly (string | readonly string[])[],
  common: readonly string[],
): [folder: string, mayImport: readonly string[]][] {
  const paths = names.map((floor) => [floor].flat().map((name) => join(root, name)));
  return paths.flatMap((floor, place) =>
    floor.map((folder): [string, readonly string[]] => [
      folder,
      [folder, ...paths.slice(place + 1).flat(), ...common],
    ]),
  );
}

/** What flows, engines and runners have in common: types alone. */
const fleetWords = ['src/fleet/flow', 'src/fleet/json', 'src/fleet/runner'];

/** What stands on the channels of diagnostics. */
const watching = [
  'src/observability',
  'src/runtime/arguments',
  'src/runtime/diagnostics',
  'src/runtime/dial/connection-error',
  'src/runtime/errors',
];
/** What runners of the fleet stand on. */
const fleetEngines = [
  ...fleetWords,
  'src/fleet/engine',
  'src/observability/logging',
  'src/runtime',
  'node:',
];

const table: [folder: string, mayImport: readonly string[]][] = [
  [
    'src/runtime/errors',
    ['src/runtime/errors', 'src/runtime/codec', 'src/runtime/metadata', 'src/runtime/protobuf'],
  ],
  ['src/runtime/protobuf', ['src/runtime/protobuf', 'src/runtime/arguments', 'src/runtime/errors']],
  ['src/runtime/arguments', ['src/runtime/arguments', 'src/runtime/errors', ...shared]],
  ['src/runtime/dial', ['src/runtime/dial', 'src/runtime/errors', 'node:']],
  [
    'src/runtime/credentials',
    [
      'src/runtime/credentials',
      'src/runtime/arguments',
      'src/runtime/dial',
      'src/runtime/errors',
      'src/runtime/metadata',
      'src/runtime/protobuf/bytes',
      'node:',
    ],
  ],
  [
    'src/runtime/carriers/grpc-js',
    [
      'src/runtime/carriers',
      'src/runtime/arguments',
      'src/runtime/dial',
      'src/runtime/errors',
      'src/runtime/metadata',
      '@grpc/grpc-js',
      'node:',
    ],
  ],
  ['src/runtime/carriers/http2/hpack', ['src/runtime/carriers/http2/hpack']],
  [
    'src/runtime/carriers/http2',
    [
      'src/runtime/carriers',
      'src/runtime/arguments',
      'src/runtime/dial',
      'src/runtime/metadata',
      'node:',
    ],
  ],
  [
    'src/runtime/carriers',
    [
      'src/runtime/arguments',
      'src/runtime/credentials',
      'src/runtime/dial',
      'src/runtime/errors',
      'src/runtime/metadata',
    ],
  ],
  [
    'src/runtime/diagnostics',
    [
      'src/runtime/diagnostics',
      'src/runtime/arguments',
      'src/runtime/credentials',
      'src/runtime/errors',
      ...shared,
      'node:',
    ],
  ],
  [
    'src/runtime/calls',
    [
      'src/runtime/calls',
      'src/runtime/carriers/carrier',
      'src/runtime/carriers/options',
      'src/runtime/codec',
      'src/runtime/credentials',
      'src/runtime/diagnostics',
      'src/runtime/dial',
      'src/runtime/errors',
      'src/runtime/protobuf',
      ...shared,
    ],
  ],
  [
    'src/runtime/streams',
    [
      'src/runtime/streams',
      'src/runtime/arguments',
      'src/runtime/errors',
      'src/runtime/stream',
      'node:',
    ],
  ],
  ['src/runtime', ['src/runtime', 'node:']],
  [
    'src/machine-config',
    [
      'src/machine-config',
      'src/runtime/arguments/nearest',
      'src/runtime/errors',
      'src/pki',
      'generated/machine-config',
      'yaml',
    ],
  ],
  [
    'src/reconnect',
    ['src/reconnect', 'src/runtime', 'generated/features/files', 'generated/features/resources'],
  ],
  [
    'src/follow',
    [
      'src/follow',
      'src/reconnect/index',
      'src/events/decode-event',
      'src/runtime',
      'generated/features/containers',
      'generated/features/events',
      'generated/features/logs',
    ],
  ],
  [
    'src/cosi',
    [
      'src/cosi',
      'src/reconnect/index',
      'src/runtime',
      'src/machine-config/scalars',
      'src/machine-config/format/scalar',
      'generated/cosi/contract',
      'generated/features/resources',
      'yaml',
    ],
  ],
  [
    'src/operations',
    [
      'src/operations',
      'src/follow',
      'src/events',
      'src/cosi',
      'src/reconnect',
      'src/machine-config',
      'src/talosconfig',
      'src/disk',
      'src/pki',
      'src/runtime',
      'generated/features',
      'generated/cosi/contract',
      'generated/cosi/kinds',
      'yaml',
      'node:',
    ],
  ],
  [
    'src/fleet/engine',
    [...fleetWords, 'src/fleet/engine', 'src/reconnect/sleep', 'src/runtime', 'node:'],
  ],
  [
    'src/fleet/journal',
    [
      ...fleetWords,
      'src/fleet/journal',
      'src/fleet/engine',
      'src/disk',
      'src/reconnect/sleep',
      'src/runtime',
      'node:',
    ],
  ],
  [
    'src/fleet/flows',
    [
      ...fleetWords,
      'src/fleet/flows',
      'src/fleet/engine',
      'src/operations',
      'src/cosi',
      'src/reconnect',
      'src/machine-config',
      'src/talosconfig',
      'src/disk',
      'src/runtime',
      'generated/features',
      'generated/cosi/kinds',
      'node:',
    ],
  ],
  [
    'src/fleet/dbos',
    ['src/fleet/dbos', 'src/fleet/postgres', ...fleetEngines, '@dbos-inc/dbos-sdk'],
  ],
  ['src/fleet/postgres', ['src/fleet/postgres', ...fleetEngines, 'pg']],
  ['src/fleet/index', ['src/fleet']],
  ['src/fleet', fleetWords],
  ['generated/cosi', ['generated/cosi', 'src/cosi/kind', 'src/cosi/spec/shape']],
  ['generated/machine-config', ['generated/machine-config', 'src/machine-config/values']],
  [
    'src/talosconfig',
    ['src/talosconfig', 'src/siderov1', 'src/disk', 'src/runtime', 'yaml', 'node:'],
  ],
  ['src/siderov1', ['src/siderov1', 'src/disk', 'src/runtime', 'node:']],
  ['src/disk', ['src/disk', 'node:']],
  ['src/resilience', ['src/resilience', 'src/runtime']],
  ['src/events', ['src/events', 'src/runtime/codec', 'generated/features', 'generated/messages']],
  ['src/pki', ['src/pki', 'node:']],
  ...floors(
    'testkit/src',
    [
      'index',
      'program',
      'omni',
      'cluster',
      ['sockets', 'memory'],
      ['apid', 'kubernetes-api'],
      'handlers',
      'node',
      'topics',
      'base',
    ],
    ['testkit/generated', 'talos-client', 'yaml', 'node:'],
  ),
  ['src/observability/opentelemetry', [...watching, '@opentelemetry/api']],
  ['src/observability/prometheus', [...watching, 'prom-client']],
  ['src/observability', watching],
  ['testkit/generated', ['testkit/generated', 'talos-client']],
  ['src/wire', ['src/runtime']],
  ['src/carrier', ['src/runtime']],
  ['src/options', ['src/runtime']],
  ['src/exports', ['src/runtime']],
  ['src/index', ['src/exports', 'src/runtime']],
  ['src/http2', ['src/exports', 'src/runtime']],
  ['generated/messages', ['src/runtime/codec', 'src/runtime/protobuf', 'generated/messages']],
  ['generated/features', ['src/runtime', 'generated/messages']],
  ['generated/full', ['src/runtime', 'generated/features']],
  ['codegen', ['codegen', 'protobufjs', 'handlebars', 'yaml', 'node:']],
];

const files = ['src', 'generated', 'testkit/src', 'testkit/generated', 'codegen'].flatMap(
  (folder) =>
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

/** The files that `file` imports, as they are named here. */
function filesFrom(file: string): string[] {
  return importsOf(file)
    .map((name) => `${name}.ts`)
    .filter((name) => files.includes(name));
}

/** The shortest way from a file back to itself, if there is one. */
function circleThrough(file: string): string[] | undefined {
  const ways: string[][] = [[file]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of imports.get(way.at(-1) as string) ?? []) {
      if (next === file) return [...way, file];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

const imports = new Map(files.map((file) => [file, filesFrom(file)]));

it('no file imports itself through others', () => {
  const circles = files.map(circleThrough).filter((circle) => circle !== undefined);
  expect(circles.map((circle) => circle.join(' → '))).toEqual([]);
});

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

it('the testkit imports of the client what others can: names in the exports of its package', () => {
  const names = new Set([...sourcesOf().keys()].map((name) => join('talos-client', name)));
  names.add('talos-client');
  const isClient = (name: string) => /^talos-client(?:\/|$)/.test(name);
  const wrong = files
    .filter((file) => file.startsWith('testkit/'))
    .flatMap((file) =>
      importsOf(file)
        .filter((name) =>
          isClient(name) ? !names.has(name) : !/^(?:testkit\/|node:|yaml$)/.test(name),
        )
        .map((name) => `${file} imports ${name}`),
    );
  expect(wrong).toEqual([]);
});
