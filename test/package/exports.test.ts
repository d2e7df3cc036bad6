import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as fleet from '../../src/fleet/index.js';
import * as http2 from '../../src/http2.js';
import * as root from '../../src/index.js';
import * as siderov1 from '../../src/siderov1/index.js';
import * as talosconfig from '../../src/talosconfig/index.js';
import { exportsOf, sourceOf } from '../support/subpaths.js';

const subpaths = exportsOf();
const { dependencies, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
  scripts: Record<string, string>;
};

describe('the exports of the package', () => {
  it('give every feature a subpath of its own', () => {
    const features = readdirSync('generated/features').map((file) => `./${file.slice(0, -3)}`);
    expect(Object.keys(subpaths)).toEqual(expect.arrayContaining(features));
  });

  it('have each subpath as CommonJS too, with types of its own', () => {
    const required = exportsOf('require');
    expect(Object.keys(required)).toEqual(Object.keys(subpaths));
    for (const [subpath, target] of Object.entries(subpaths)) {
      if (typeof target === 'string') continue;
      expect(required[subpath], subpath).toEqual({
        types: target.types.replace('./dist/', './dist/cjs/'),
        default: target.default.replace('./dist/', './dist/cjs/'),
      });
    }
  });

  it('point to modules that exist, types first', () => {
    for (const [subpath, target] of Object.entries(subpaths)) {
      if (typeof target === 'string') continue;
      expect(Object.keys(target)[0], subpath).toBe('types');
      expect(target.types, subpath).toBe(target.default.replace(/\.js$/, '.d.ts'));
      if (!subpath.includes('*')) expect(existsSync(sourceOf(target.default)), subpath).toBe(true);
    }
  });
});

it('every feature exports its factory, its client and its methods', async () => {
  for (const [subpath, target] of Object.entries(subpaths)) {
    const feature = subpath.slice(2);
    if (typeof target === 'string' || !existsSync(`generated/features/${feature}.ts`)) continue;
    const module = (await import(
      new URL(`../../${sourceOf(target.default)}`, import.meta.url).href
    )) as Record<string, unknown>;
    const name = `${feature[0]?.toUpperCase()}${feature.slice(1)}Client`;
    expect(Object.keys(module), subpath).toEqual(
      expect.arrayContaining([feature, name, `${feature}Methods`]),
    );
  }
});

it('the root exports these names', () => {
  expect(Object.keys(root).sort()).toMatchInlineSnapshot(`
    [
      "ConnectionError",
      "TalosClosedError",
      "TalosConfigError",
      "TalosFanOutError",
      "TalosFlowError",
      "TalosOperationError",
      "TalosProtocolError",
      "TalosRpcError",
      "basicAuth",
      "callAggregated",
      "certificateProblem",
      "collect",
      "collectBytes",
      "createTalosClient",
      "decodeReply",
      "encodeRequest",
      "freshTarget",
      "fromBytes",
      "fromDate",
      "fromMs",
      "grpcTransport",
      "isRetryable",
      "isTalosError",
      "lines",
      "maintenance",
      "middleware",
      "mtls",
      "parseEndpoint",
      "plaintext",
      "records",
      "serverTls",
      "streamAggregated",
      "systemRoots",
      "text",
      "toDate",
      "toJson",
      "toMs",
      "toNodeStream",
      "toWebStream",
      "unknownFields",
      "unwrapAll",
      "wrapTransport",
    ]
  `);
});

it('http2 exports what the root does, but for what depends on the carrier', () => {
  const { createTalosClient: overGrpc, grpcTransport: _, ...common } = root;
  const { createTalosClient: overHttp2, http2Transport: __, ...same } = http2;
  expect(overHttp2).not.toBe(overGrpc);
  expect(Object.keys(same).sort()).toEqual(Object.keys(common).sort());
  for (const [name, value] of Object.entries(common)) {
    expect(Object.is(same[name as keyof typeof same], value), name).toBe(true);
  }
});

it.each([
  ['diagnostics', ['channelNames', 'subscribe']],
  ['opentelemetry', ['openTelemetry']],
  ['prometheus', ['prometheus']],
  ['logging', ['logging']],
  ['fleet/dbos', ['dbosRunner']],
])('%s exports these names', async (subpath, names) => {
  const target = subpaths[`./${subpath}`] as { readonly default: string };
  const source = new URL(`../../${sourceOf(target.default)}`, import.meta.url);
  expect(Object.keys(await import(source.href)).sort()).toEqual(names);
});

it('fleet exports these names', () => {
  expect(Object.keys(fleet).sort()).toEqual([
    'backUpEtcd',
    'journalRunner',
    'rollOutConfiguration',
    'upgradeFleet',
  ]);
});

it('talosconfig exports these names', () => {
  expect(Object.keys(talosconfig).sort()).toMatchInlineSnapshot(`
    [
      "clientOptions",
      "findTalosconfig",
      "liveTalosconfig",
      "loadTalosconfig",
      "parseTalosconfig",
      "readTalosconfig",
      "saveTalosconfig",
      "updateTalosconfig",
      "watchTalosconfig",
    ]
  `);
});

it('siderov1 exports these names', () => {
  expect(Object.keys(siderov1).sort()).toEqual(['createSigningKey', 'siderov1']);
});

it('the package depends on two packages and runs nothing when installed', () => {
  expect(Object.keys(dependencies).sort()).toEqual(['@grpc/grpc-js', 'yaml']);
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) {
    expect(scripts[hook]).toBeUndefined();
  }
});
