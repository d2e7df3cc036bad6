// Joins the compiled modules of dist to a few files: one for each subpath of the package and for
// its program, besides those that several of them share. To find, read and link a module takes Node
// about half a millisecond, and leaves memory behind that has its garbage collector run more often
// for as long as the process lives. Declarations stay one for each module. What is left is written a
// second time for CommonJS, into dist/cjs.
//
// Usage: node bundle.mjs [folder with dist and package.json; default: the one it is run in]

import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { nameShared } from './chunk-names.mjs';
import { writeCommonJs } from './commonjs.mjs';
import { codeOf } from './export-paths.mjs';
import { keepHandWrittenMaps } from './source-maps.mjs';

const root = resolve(process.argv[2] ?? '.');
const dist = join(root, 'dist');
const bundled = join(root, 'dist.bundled');
const { exports, bin = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const scripts = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.js'))
  .map((path) => join(dist, path));

const targets = [...Object.values(exports).map(codeOf), ...Object.values(bin)]
  .filter((target) => target !== undefined)
  .map((target) => join(root, target));
const entries = scripts.filter((path) =>
  targets.some((target) => {
    const [start = '', end] = target.split('*');
    return end === undefined ? path === target : path.startsWith(start) && path.endsWith(end);
  }),
);
const featureFolders = [join(dist, 'generated', 'features'), join(dist, 'src', 'events')];
const index = join(dist, 'src', 'index.js');
const http2 = join(dist, 'src', 'http2.js');

/** How esbuild is to treat every module. */
const common = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  // What is bundled was compiled: the names of packages are not sources of this repository here.
  tsconfigRaw: {},
  outbase: dist,
  outdir: bundled,
  absWorkingDir: root,
  metafile: true,
};

/** Module → the modules it imports, all as absolute paths. */
const { metafile } = await build({ ...common, entryPoints: entries, write: false });
const imports = new Map(
  Object.entries(metafile.inputs).map(([path, input]) => [
    join(root, path),
    input.imports.filter(({ external }) => !external).map((entry) => join(root, entry.path)),
  ]),
);

/** `path` and all that it needs. */
function closure(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const next of imports.get(path) ?? []) closure(next, found);
  return found;
}

// What features share with each other or with the root, every subpath takes; the rest of the root,
// those take that need some of it. esbuild puts modules that the same entries import in one file.
const features = entries
  .filter((path) => featureFolders.some((folder) => path.startsWith(folder)))
  .map((path) => closure(path));
const core = [...imports.keys()].filter((path) => {
  const users = [...features, closure(index)].filter((each) => each.has(path));
  return users.length > 1;
});
// What only the root needs of itself, which is grpc-js and what stands on it, is no part of this.
const clients = entries
  .filter((path) => [index, http2].includes(path))
  .map((path) => closure(path));
const client = [...closure(index)].filter(
  (path) => path !== index && !core.includes(path) && clients.every((each) => each.has(path)),
);
// What is loaded later is an entry for esbuild as well: it would split the core for its sake.
const later = Object.values(metafile.inputs)
  .flatMap((input) => input.imports)
  .filter(({ kind, external }) => kind === 'dynamic-import' && !external)
  .map((entry) => join(root, entry.path));
const takers = new Set([...entries, ...later]);
const takesClient = [...takers].filter((path) => {
  const own = closure(path);
  return client.some((module) => own.has(module));
});

const joined = await build({
  ...common,
  entryPoints: entries,
  sourcemap: 'linked',
  chunkNames: 'shared/[hash]',
  logLevel: 'warning',
  plugins: [
    {
      name: 'taken-together',
      setup({ onLoad, onResolve }) {
        onLoad({ filter: /\.js$/ }, ({ path }) => {
          if (!takers.has(path)) return undefined;
          const together = takesClient.includes(path) ? [...core, ...client] : core;
          const lines = together
            .filter((module) => module !== path)
            .map((module) => `import ${JSON.stringify(module)};`);
          return { contents: [readFileSync(path, 'utf8'), ...lines].join('\n') };
        });
        // Modules that are said to be without effects are dropped when nothing is taken from them.
        onResolve({ filter: /^[./]/ }, ({ path, resolveDir, kind }) =>
          kind === 'entry-point'
            ? undefined
            : { path: resolve(resolveDir, path), sideEffects: true },
        );
      },
    },
  ],
});

const outputs = nameShared(joined.metafile.outputs, root);
keepHandWrittenMaps(outputs, root);
for (const path of scripts) {
  rmSync(path);
  rmSync(`${path}.map`, { force: true });
}
cpSync(bundled, dist, { recursive: true });
rmSync(bundled, { recursive: true });
await writeCommonJs(dist);
