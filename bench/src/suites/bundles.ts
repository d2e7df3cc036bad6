import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { benchFolder, outFolder } from '../paths.js';
import { callContenders } from '../peers.js';

/** Bytes of a bundle, minified and gzipped. */
export type BundleFigures = Readonly<Record<string, Readonly<Record<string, number>>>>;

const peer = (path: string): string => join(outFolder, 'peers', path);
const all = (modules: readonly string[]): string =>
  modules.map((module) => `export * from ${JSON.stringify(module)};`).join('\n');

/** The features that hold the RPCs of `machine.MachineService`. */
const machineFeatures = [
  ...['cluster', 'configuration', 'containers', 'etcd', 'events', 'files', 'images'],
  ...['lifecycle', 'logs', 'meta', 'network', 'services', 'system'],
].map((feature) => `talos-client/${feature}`);

const connectClient =
  "export { createClient } from '@connectrpc/connect';\n" +
  "export { createGrpcTransport } from '@connectrpc/connect-node';\n";
const niceClient = "export { createChannel, createClient } from 'nice-grpc';\n";
const tsClient = "export { GrpcTransport } from '@protobuf-ts/grpc-transport';\n";
const talosClient = "export { createTalosClient, mtls } from 'talos-client';\n";

type Entries = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The same client over HTTP/2 framed by the library. */
const http2Client = "export { createTalosClient, mtls } from 'talos-client/http2';\n";
const hasHttp2 = callContenders.includes('ours-http2');

const etcdProgram = `${talosClient}export { etcd } from 'talos-client/etcd';`;

/** What an application writes that makes the etcd calls, or any call of MachineService. */
const entries: Entries = {
  etcd: {
    pbjs: `export { machine } from ${JSON.stringify(peer('pbjs/contract.js'))};`,
    'ts-proto': `export { MachineServiceClient } from ${JSON.stringify(peer('ts-proto/machine/machine.ts'))};`,
    'nice-grpc': `${niceClient}export { MachineServiceDefinition } from ${JSON.stringify(peer('nice-grpc/machine/machine.ts'))};`,
    'protobuf-ts': `${tsClient}export { MachineServiceClient } from ${JSON.stringify(peer('protobuf-ts/machine/machine.client.ts'))};`,
    'connect-es': `${connectClient}export { MachineService } from ${JSON.stringify(peer('protobuf-es/machine/machine_pb.ts'))};`,
    ours: "export { etcd } from 'talos-client/etcd';",
  },
  machine: { ours: all(machineFeatures) },
  client: { ours: talosClient },
  etcdWithClient: { ours: etcdProgram },
};

/** The same for whole programs, which nothing is left out of. */
const wholeEntries: Entries = {
  whole: {
    ours: etcdProgram,
    ...(hasHttp2 && { 'ours-http2': `${http2Client}export { etcd } from 'talos-client/etcd';` }),
  },
};

/** Bundles each entry. A peer's bundle holds every RPC either way: none of them tree-shakes. */
export async function measureBundles(): Promise<BundleFigures> {
  return {
    ...(await sizesOf(entries, ['@grpc/grpc-js'])),
    ...(await sizesOf(wholeEntries, [])),
  };
}

async function sizesOf(rows: Entries, external: string[]): Promise<BundleFigures> {
  const figures: Record<string, Record<string, number>> = {};
  for (const [row, contenders] of Object.entries(rows)) {
    const sizes: Record<string, number> = {};
    for (const [name, contents] of Object.entries(contenders)) {
      sizes[name] = await bundleSize(contents, external);
    }
    figures[row] = sizes;
  }
  return figures;
}

async function bundleSize(contents: string, external: string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: benchFolder, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external,
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length;
}
