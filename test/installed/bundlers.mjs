import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { says } from './process.mjs';

const carriers = [
  { name: 'http2', from: 'talos-client/http2' },
  { name: 'grpc-js', from: 'talos-client' },
];

/** Each bundler makes one file of a program for Node; the file runs without any package beside it. */
export function bundlerChecks({ app, folder, tools, cluster }) {
  const load = async (name) => {
    const path = createRequire(join(tools, 'x.js')).resolve(name);
    return import(pathToFileURL(path).href);
  };
  const bundlers = { esbuild, rollup, webpack, vite, rolldown };
  return carriers.flatMap(({ name: carrier, from }) =>
    Object.entries(bundlers).map(([name, bundle]) => ({
      name: `${name} bundles a program over ${carrier}`,
      check: async () => {
        const source = readFileSync(join(app, 'bundled.mjs'), 'utf8').replace(
          `'carrier'`,
          `'${from}'`,
        );
        const entry = join(app, `bundle-${carrier}.mjs`);
        writeFileSync(entry, source);
        const target = join(folder, `${name}-${carrier}`, 'out.mjs');
        await bundle({ load, entry, target, app });
        await says(
          'bundled ok v1.',
          process.execPath,
          [target, cluster.talosconfig, cluster.nodes[0]],
          {
            cwd: folder,
          },
        )();
      },
    })),
  );
}

async function esbuild({ load, entry, target }) {
  const { build } = await load('esbuild');
  await build({
    entryPoints: [entry],
    outfile: target,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    // Packages in CommonJS ask for modules of Node by `require`.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
  });
}

async function rollup({ load, entry, target }) {
  const { rollup: start } = await load('rollup');
  const { default: resolve } = await load('@rollup/plugin-node-resolve');
  const { default: commonjs } = await load('@rollup/plugin-commonjs');
  const { default: json } = await load('@rollup/plugin-json');
  const bundle = await start({
    input: entry,
    plugins: [resolve({ preferBuiltins: true }), commonjs(), json()],
    external: /^node:/,
    onwarn: () => {},
  });
  await bundle.write({ file: target, format: 'es', inlineDynamicImports: true });
}

async function webpack({ load, entry, target, app }) {
  const { default: start } = await load('webpack');
  const compiler = start({
    mode: 'production',
    target: 'node20',
    context: app,
    entry,
    experiments: { outputModule: true },
    output: {
      path: join(target, '..'),
      filename: 'out.mjs',
      module: true,
      chunkFormat: 'module',
    },
    optimization: { minimize: false },
  });
  const stats = await new Promise((done, fail) =>
    compiler.run((error, result) => (error ? fail(error) : done(result))),
  );
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
}

async function vite({ load, entry, target, app }) {
  const { build } = await load('vite');
  await build({
    root: app,
    logLevel: 'error',
    configFile: false,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: entry,
      outDir: join(target, '..'),
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'out.mjs' } },
    },
  });
}

async function rolldown({ load, entry, target }) {
  const { build } = await load('rolldown');
  await build({
    input: entry,
    platform: 'node',
    output: { file: target, format: 'esm', codeSplitting: false },
    logLevel: 'silent',
  });
}
