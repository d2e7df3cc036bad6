import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { pathsOf } from '../support/all-methods.js';
import { sourcesOf } from '../support/subpaths.js';

const features = readdirSync('generated/features').map((file) => file.replace('.ts', ''));

/** Message modules that others need: enums and messages of several groups. */
const common = ['shared', 'definitions/shared', 'definitions/enums', 'definitions/expr'];

/** Groups of resource specs whose messages hold messages of another group. */
const holds: Readonly<Record<string, string>> = {
  'definitions/k8s': 'definitions/proto',
  'definitions/network': 'definitions/runtime',
};

/** Features that others are made of: what holds them beside the modules of its own. */
const uses: Readonly<Record<string, readonly string[]>> = {
  cosi: ['resources', 'files'],
  follow: ['containers', 'events', 'files', 'logs', 'resources'],
};

/** What the kinds of resources have in common. */
const commonKinds = ['generated/cosi/shared.ts', 'generated/cosi/words.ts'];

async function bundle(entry: string, more: { minify?: boolean; treeShaking?: boolean } = {}) {
  const { treeShaking = true, minify = false } = more;
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    minify,
    metafile: true,
    treeShaking,
    ignoreAnnotations: !treeShaking,
    external: [
      '@dbos-inc/dbos-sdk',
      '@grpc/grpc-js',
      '@opentelemetry/api',
      'pg',
      'prom-client',
      'yaml',
    ],
    logLevel: 'error',
  });
  const kept = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  );
  const loaded = treeShaking ? kept : Object.keys(metafile.inputs);
  const generated = loaded.filter(
    // The table of machine configurations belongs to no feature.
    (path) => path.startsWith('generated/') && !path.startsWith('generated/machine-config/'),
  );
  const packages = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.map(({ path }) => path).filter((path) => !/^(?:node:|[./])/.test(path)),
  );
  return {
    text: outputFiles[0]?.text ?? '',
    generated: generated.sort(),
    modules: Object.keys(metafile.inputs),
    packages,
  };
}

/** Message module → the names of the codec functions that it exports. */
const codecs = new Map(
  readdirSync('generated/messages', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => {
      const source = readFileSync(`generated/messages/${file}`, 'utf8');
      const names = source.matchAll(/^export function ((?:en|de)code\w+)/gm);
      return [file.replace('.ts', ''), [...names].map(([, name]) => name ?? '')] as const;
    }),
);

/** The message modules that a subpath may hold. */
function messagesOf(subpath: string): string[] {
  if (subpath.startsWith('definitions/')) {
    const other = holds[subpath];
    return [subpath, ...common, ...(other === undefined ? [] : [other])];
  }
  if (features.includes(subpath)) return [subpath, 'shared'];
  const used = uses[subpath] ?? [];
  return used.length === 0 ? [] : [...used, 'shared'];
}

/** What a subpath holds of the kinds of resources. */
function kindsOf(subpath: string): string[] {
  if (subpath === 'cosi') return ['generated/cosi/contract.ts'];
  const [folder, group] = subpath.split('/');
  return folder === 'cosi' ? [`generated/cosi/kinds/${group}.ts`, ...commonKinds] : [];
}

// `full` is for those who want everything; `operations` has all of them, and `fleet` what flows need.
const all = [...sourcesOf()];
const subpaths = all.filter(
  ([name]) => !['full', 'fleet'].includes(name) && !name.startsWith('operations'),
);

describe.each(subpaths)('%s alone', (subpath, entry) => {
  const messages = messagesOf(subpath);
  const isFeature = features.includes(subpath);
  const own = isFeature ? [subpath] : (uses[subpath] ?? []);
  const modules = [
    ...own.map((feature) => `generated/features/${feature}.ts`),
    ...kindsOf(subpath),
    ...messages.map((module) => `generated/messages/${module}.ts`),
  ];

  it('holds no path and no codec of another feature', async () => {
    const { text, generated } = await bundle(entry);
    for (const other of features.filter((name) => !own.includes(name))) {
      for (const path of pathsOf(other)) {
        // Endpoints that were sick are asked for their version.
        if (!isFeature && path === '/machine.MachineService/Version') continue;
        expect(text, `a path of ${other}`).not.toContain(path);
      }
    }
    const allowed = new Set(messages.flatMap((module) => codecs.get(module) ?? []));
    const named = new Set(text.match(/\b(?:en|de)code\w+/g));
    for (const [module, names] of codecs) {
      if (messages.includes(module)) continue;
      const foreign = names.filter((name) => named.has(name) && !allowed.has(name));
      expect(foreign, `codecs of ${module}`).toEqual([]);
    }
    expect(generated.filter((path) => !modules.includes(path))).toEqual([]);
    if (isFeature) expect(generated).toContain(`generated/features/${subpath}.ts`);
    // Messages and calls know no transport; the options of a client do.
    if (messages.length > 0) expect(text).not.toContain('@grpc/grpc-js');
  });

  it('loads no module of another feature in Node either', async () => {
    // Without tree shaking every import counts, as in Node without a bundler.
    const { generated } = await bundle(entry, { treeShaking: false });
    expect(generated.filter((path) => !modules.includes(path))).toEqual([]);
  });
});

/** The features that each operation calls, or that read what it needs of a node. */
const calledBy: Readonly<Record<string, readonly string[]>> = {
  'apply-configuration': ['configuration', 'files', 'resources', 'system'],
  'backup-etcd': ['etcd'],
  'bootstrap-cluster': ['files', 'lifecycle', 'resources', 'services'],
  'certificate-expiry': [],
  'check-health': ['cluster', 'etcd', 'files', 'resources', 'services', 'system'],
  cordon: ['cluster', 'files', 'resources'],
  'describe-cluster': ['etcd', 'files', 'resources', 'system'],
  'discover-nodes': ['files', 'resources'],
  drain: ['cluster', 'files', 'resources'],
  'extract-archive': [],
  kubeconfig: ['cluster', 'files', 'resources'],
  'merge-kubeconfig': [],
  provision: ['configuration', 'files', 'resources', 'services', 'system'],
  reboot: ['cluster', 'events', 'files', 'lifecycle', 'resources', 'system'],
  'renew-talosconfig': ['configuration', 'files', 'resources', 'system'],
  'restore-etcd': ['etcd', 'files', 'lifecycle', 'resources', 'services'],
  reset: ['events', 'files', 'lifecycle', 'resources', 'system'],
  rollback: ['cluster', 'events', 'files', 'lifecycle', 'resources', 'system'],
  rolling: ['etcd', 'files', 'resources', 'system'],
  'rolling-reboot': ['cluster', 'etcd', 'events', 'files', 'lifecycle', 'resources', 'system'],
  'rolling-upgrade': [
    'cluster',
    'etcd',
    'events',
    'files',
    'images',
    'lifecycle',
    'resources',
    'system',
  ],
  shutdown: ['events', 'files', 'lifecycle', 'resources', 'system'],
  'support-bundle': [
    'cluster',
    'containers',
    'files',
    'inspect',
    'logs',
    'resources',
    'services',
    'system',
  ],
  uncordon: ['cluster', 'files', 'resources'],
  'upgrade-node': [
    'cluster',
    'etcd',
    'events',
    'files',
    'images',
    'lifecycle',
    'resources',
    'system',
  ],
};
const operations = all.filter(([name]) => name.startsWith('operations/'));

describe.each(operations)('%s alone', (subpath, entry) => {
  it('loads the features that it calls, and no room as a whole', async () => {
    // Without tree shaking every import counts, as in Node without a bundler.
    const { modules } = await bundle(entry, { treeShaking: false });
    const folder = 'generated/features/';
    const loaded = modules.filter((path) => path.startsWith(folder));
    const called = loaded.map((path) => path.slice(folder.length).replace('.ts', '')).sort();
    expect(called, 'a row in calledBy').toEqual(calledBy[subpath.replace('operations/', '')]);
    const whole =
      /^src\/(?:cosi|follow|events|machine-config|talosconfig|pki|operations)\/index\.ts$/;
    expect(modules.filter((path) => whole.test(path))).toEqual([]);
    expect(modules.filter((path) => path.startsWith('generated/messages/definitions'))).toEqual([]);
  });
});

it('the runner of flows holds no feature: only the flows do', async () => {
  const { modules, packages } = await bundle('src/fleet/journal/index.ts', { treeShaking: false });
  expect(modules.filter((path) => path.startsWith('generated/'))).toEqual([]);
  expect(packages).toEqual([]);
});

it('http2 loads no package at all', async () => {
  const { packages } = await bundle('src/http2.ts', { treeShaking: false });
  expect(packages).toEqual([]);
});

it.each([...sourcesOf()].filter(([name]) => name !== 'index'))(
  '%s does not load the root, and with it grpc-js',
  async (_, entry) => {
    const { modules } = await bundle(entry, { treeShaking: false });
    expect(modules).not.toContain('src/index.ts');
  },
);

it('every subpath is bundled, resource specs included', () => {
  const names = subpaths.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining([...features, 'index', 'talosconfig', 'definitions/runtime']),
  );
});

it('etcd alone stays below 8 KiB when minified and gzipped', async () => {
  const { text } = await bundle('generated/features/etcd.ts', { minify: true });
  const size = gzipSync(text, { level: 9 }).length;
  expect(size).toBeLessThan(8 * 1024);
});

it('talosconfig loads what signs calls only when a call is signed', async () => {
  const { metafile } = await build({
    entryPoints: ['src/talosconfig/index.ts'],
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    outdir: 'none',
    metafile: true,
    external: ['yaml'],
  });
  const { outputs } = metafile;
  const entry = Object.keys(outputs).find((path) =>
    outputs[path]?.entryPoint?.endsWith('talosconfig/index.ts'),
  );
  const atOnce = new Set([entry ?? '']);
  for (const path of atOnce) {
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement') atOnce.add(next);
    }
  }
  const inputs = [...atOnce].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
  expect(inputs).toContain('src/siderov1/credentials.ts');
  expect(
    inputs.filter((path) => /openpgp|siderov1\/(keys|signer)|login\/log-in/.test(path)),
  ).toEqual([]);
  expect(Object.keys(metafile.inputs)).toContain('src/siderov1/openpgp/read-key.ts');
});

describe('one kind of resources', () => {
  it('brings what reads its own specs, and nothing of other kinds', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: "export { MachineStatus } from './generated/cosi/kinds/runtime.ts';",
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      bundle: true,
      write: false,
      format: 'esm',
      minify: true,
      logLevel: 'error',
    });
    const text = outputFiles[0]?.text ?? '';
    expect(text).toContain('MachineStatuses.runtime.talos.dev');
    expect(text.match(/[A-Za-z]+\.[a-z0-9]*\.?talos\.dev/g)).toHaveLength(1);
    expect(text).toContain('unmetConditions');
    expect(text).not.toContain('secureBoot');
    expect(text).not.toContain('luks2');
    expect(text.length).toBeLessThan(1024);
  });
});

describe('machine configurations', () => {
  async function bundled(code: string, platform: 'node' | 'browser') {
    const { outputFiles, metafile } = await build({
      stdin: { contents: code, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      platform,
      minify: true,
      metafile: true,
      logLevel: 'error',
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    return { text: outputFiles[0]?.text ?? '', imports: imports.map(({ path }) => path) };
  }
  const source = './src/machine-config/index.ts';

  it('reading alone takes 60 KiB at most, minified and gzipped with the YAML parser', async () => {
    const { text } = await bundled(`export { parseMachineConfig } from '${source}'`, 'node');
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(60 * 1024);
  });

  it('all of it is bundled for browsers without a module of Node', async () => {
    const { text, imports } = await bundled(`export * from '${source}'`, 'browser');
    expect(imports).toEqual([]);
    expect(text).not.toMatch(/\bfrom ?["']node:|\bimport\(["']node:|\brequire\(["']/);
    const url = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`;
    const module: typeof import('../../src/machine-config/index.js') = await import(url);
    const config = module.parseMachineConfig('machine: {type: worker}');
    expect(module.formatMachineConfig(config)).toContain('type: worker');
  });
});
