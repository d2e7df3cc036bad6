import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder, libraryFolder, outFolder } from './paths.js';

/** A way to generate code from the contract, as a command to run. */
export interface Generator {
  readonly name: GeneratorName;
  readonly command: readonly string[];
  readonly folder: string;
}

export type GeneratorName = 'pbjs' | 'ts-proto' | 'nice-grpc' | 'protobuf-ts' | 'protobuf-es';

/**
 * Contenders in calls, `raw` first: it is what the peers are measured against. `go` is the official
 * client, whose process is built from `bench/go`; `ours` is this library over grpc-js.
 */
const knownContenders = [
  'raw',
  'pbjs',
  'ts-proto',
  'nice-grpc',
  'protobuf-ts',
  'connect-es',
  'go',
  'ours',
  'ours-http2',
] as const;

export type CallContender = (typeof knownContenders)[number];

/** The contenders in calls that there are: an older build of the library may have one carrier. */
export const callContenders = knownContenders.filter(
  (name) => name !== 'ours-http2' || './http2' in manifestOf(libraryFolder).exports,
);

/** Contenders in calls that run in Node, each a module of `contenders/`. */
export const nodeContenders = callContenders.filter((name) => name !== 'go');

/** Contenders in encoding and decoding. */
export const codecContenders = ['pbjs', 'ts-proto', 'protobuf-ts', 'protobuf-es', 'ours'] as const;

const protoFolder = join(libraryFolder, 'proto');
const bin = (name: string): string => join(benchFolder, 'node_modules', '.bin', name);
const peerFolder = (name: string): string => join(outFolder, 'peers', name);

/** The folder of the peer whose code reads the samples' JSON. */
export const samplesPeer = peerFolder('protobuf-es');

/** Each peer with the options its users who want speed choose. */
export function generators(): readonly Generator[] {
  const tsProto =
    'forceLong=bigint,esModuleInterop=true,importSuffix=.js,outputJsonMethods=false,env=node,' +
    // With its default, Date, ts-proto loses nanoseconds and fails the check of the samples.
    'useExactTypes=false,useDate=false';
  return [
    pbjs(),
    plugin(
      'ts-proto',
      'protoc-gen-ts_proto',
      `${tsProto},outputServices=grpc-js,outputPartialMethods=false`,
    ),
    plugin(
      'nice-grpc',
      'protoc-gen-ts_proto',
      `${tsProto},outputServices=nice-grpc,outputServices=generic-definitions`,
    ),
    plugin('protobuf-ts', 'protoc-gen-ts', 'server_none,long_type_bigint,client_generic'),
    plugin('protobuf-es', 'protoc-gen-es', 'target=ts,import_extension=js'),
  ];
}

function pbjs(): Generator {
  const folder = peerFolder('pbjs');
  const protos = readdirSync(protoFolder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.proto'))
    .sort();
  const without = ['create', 'verify', 'convert', 'delimited', 'typeurl', 'comments'];
  const flags = without.map((part) => `--no-${part}`);
  const out = join(folder, 'contract.js');
  const target = ['-t', 'static-module', '-w', 'es6', '--es6', '-p', protoFolder, '-o', out];
  return { name: 'pbjs', folder, command: [bin('pbjs'), ...target, ...flags, ...protos] };
}

function plugin(name: GeneratorName, executable: string, opt: string): Generator {
  const folder = peerFolder(name);
  const template = JSON.stringify({
    version: 'v2',
    plugins: [{ local: [bin(executable)], out: folder, opt, strategy: 'all' }],
  });
  const command = [bin('buf'), 'generate', protoFolder, '--template', template];
  return { name, folder, command };
}

/** The versions of what is measured. */
export function versions(): Readonly<Record<string, string>> {
  const manifest = manifestOf(benchFolder);
  const library = manifestOf(libraryFolder);
  return {
    node: process.version,
    [library.name]: library.version,
    ...manifest.dependencies,
    ...manifest.devDependencies,
  };
}

function manifestOf(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
