import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import { median } from '../measure.js';
import { outFolder } from '../paths.js';
import { callContenders } from '../peers.js';

/** Milliseconds that an import takes in a fresh process. Medians of the rounds. */
export interface ImportFigure {
  readonly all: number;
  /** Over the import of grpc-js alone, right before it. */
  readonly overGrpcJs: number;
}

export type ImportFigures = Readonly<Record<string, ImportFigure>>;

const folder = join(outFolder, 'imports');

const baseline = ['@grpc/grpc-js'];

/** What an application with one feature imports. */
const imports: Readonly<Record<string, readonly string[]>> = {
  pbjs: ['@grpc/grpc-js', '../peers/pbjs/contract.js'],
  'ts-proto': ['@grpc/grpc-js', './ts-proto/machine/machine.js'],
  'nice-grpc': ['nice-grpc', './nice-grpc/machine/machine.js'],
  'protobuf-ts': ['@protobuf-ts/grpc-transport', './protobuf-ts/machine/machine.client.js'],
  'connect-es': [
    '@connectrpc/connect',
    '@connectrpc/connect-node',
    './protobuf-es/machine/machine_pb.js',
  ],
  ours: ['talos-client', 'talos-client/etcd'],
  ...(callContenders.includes('ours-http2') && {
    'ours-http2': ['talos-client/http2', 'talos-client/etcd'],
  }),
  'ours, feature alone': ['@grpc/grpc-js', 'talos-client/etcd'],
};

/** Times each import in processes of their own, interleaved. */
export async function measureImports(rounds: number): Promise<ImportFigures> {
  for (const name of ['ts-proto', 'nice-grpc', 'protobuf-ts', 'protobuf-es']) await toScript(name);
  const names = Object.keys(imports);
  const values = new Map<string, [all: number, over: number][]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      // Right before each, as the machine may have more or less to do a moment later.
      const alone = importTime(baseline);
      const time = importTime(imports[name] as readonly string[]);
      if (round > 0) values.get(name)?.push([time, time - alone]);
    }
  }
  return Object.fromEntries(
    [...values].map(([name, list]) => [
      name,
      { all: median(list.map(([all]) => all)), overGrpcJs: median(list.map(([, over]) => over)) },
    ]),
  );
}

function importTime(modules: readonly string[]): number {
  const file = join(folder, 'import.mjs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `const start = performance.now();\n${modules
      .map((module) => `await import(${JSON.stringify(module)});\n`)
      .join('')}console.log(performance.now() - start);\n`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  const time = Number(stdout);
  if (stdout === '' || Number.isNaN(time)) throw new Error(`import failed: ${stderr}`);
  return time;
}

/** Strips the types from a peer's files, as its users' compiler does, one file each. */
async function toScript(name: string): Promise<void> {
  const from = join(outFolder, 'peers', name);
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    const { code } = await transform(await readFile(join(from, path), 'utf8'), {
      loader: 'ts',
      target: 'node20',
    });
    const file = join(folder, name, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    // protobuf-ts leaves the ending out, which Node's loader wants.
    const whole = code.replace(/(from ")(\.[^"]*?)(\.js)?(";)/g, '$1$2.js$4');
    writeFileSync(file, whole);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
}
