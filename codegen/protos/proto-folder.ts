import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import protobuf from 'protobufjs';
import { ContractError } from './contract-error.js';
import { type OptionUse, type ProtoScan, scanProto } from './proto-scan.js';

/** A .proto file under the path by which others import it. */
export interface ProtoFile {
  readonly path: string;
  /** Its path on disk, as errors print it. */
  readonly shown: string;
  readonly text: string;
  readonly scan: ProtoScan;
}

/** A file that comes with protobufjs, already parsed. */
export interface BundledFile {
  readonly path: string;
  readonly root: protobuf.Root;
}

export interface ProtoTree {
  readonly files: readonly ProtoFile[];
  readonly bundled: readonly BundledFile[];
  /** Imported files that are left out, because they were named or only declare options. */
  readonly leftOut: readonly string[];
}

/** Declares the messages that custom options extend; nothing in it travels on the wire. */
export const descriptor = 'google/protobuf/descriptor.proto';

/**
 * Reads every .proto file of some folders, and those of protobuf itself that they import.
 *
 * A subfolder may be an import root of its own, as `vendor/` often is: where an import only fits a
 * file in such a subfolder, all of that subfolder is read relative to it. Files in `skip` are left
 * out. Throws a `ContractError` for an import that is not found.
 */
export function readProtoFolders(
  folders: readonly string[],
  skip: readonly string[],
  options: OptionUse = 'facts',
): ProtoTree {
  const found = folders.flatMap((folder) => protoFilesIn(folder, options, skip));
  const roots = importRoots(found);
  const files = new Map<string, ProtoFile>();
  const leftOut = new Set<string>();
  for (const file of found) {
    const path = withoutRoot(file.path, roots);
    if (skip.includes(path)) leftOut.add(path);
    if (skip.includes(path) || path === descriptor) continue;
    const other = files.get(path);
    if (other !== undefined && other.text !== file.text) {
      throw new ContractError(`${file.shown}: ${path} is also ${other.shown}, with another text`);
    }
    files.set(path, { ...file, path });
  }
  const bundled = new Map<string, BundledFile>();
  const require = (path: string, from: string): void => {
    if (files.has(path) || bundled.has(path)) return;
    if (path === descriptor || skip.includes(path)) {
      leftOut.add(path);
      return;
    }
    const common = protobuf.common.get(path);
    const source = common === null ? sourceOfProtobuf(path) : undefined;
    if (common !== null) {
      bundled.set(path, { path, root: protobuf.Root.fromJSON(common) });
    } else if (source !== undefined) {
      files.set(path, source);
      for (const each of source.scan.imports) require(each.path, `${source.shown}:${each.line}`);
    } else {
      throw new ContractError(`${from}: imports ${path}, which is in none of the folders`);
    }
  };
  for (const file of [...files.values()]) {
    for (const { path, line } of file.scan.imports) require(path, `${file.shown}:${line}`);
  }
  return {
    files: [...files.values()],
    bundled: [...bundled.values()],
    leftOut: [...leftOut].sort(),
  };
}

/** Whether a folder is there and holds a .proto file. */
export function hasProtoFiles(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.some((name) => name.endsWith('.proto'));
}

/** Every .proto file of a folder, paths relative to it. Throws `ContractError` if there is none. */
export function protoFilesIn(
  folder: string,
  options: OptionUse = 'facts',
  skip: readonly string[] = [],
): ProtoFile[] {
  let names: string[];
  try {
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (cause) {
    throw new ContractError(`${folder}: cannot be read: ${(cause as Error).message}`, { cause });
  }
  const protos = names.filter((name) => name.endsWith('.proto')).sort();
  if (protos.length === 0) throw new ContractError(`${folder}: holds no .proto file`);
  return protos.map((name) => {
    const shown = join(folder, name);
    const text = readFileSync(shown, 'utf8');
    const path = name.split(sep).join('/');
    // A file that is left out may be anything; the descriptor is the proto2 file of every tree.
    const isLeftOut = path.endsWith(descriptor) || skip.includes(path);
    const scan = isLeftOut ? { imports: [], lines: new Map() } : scanProto(text, shown, options);
    return { path, shown, text, scan };
  });
}

/** Subfolders, with a slash at the end, that imports are relative to. */
function importRoots(files: readonly ProtoFile[]): string[] {
  const paths = new Set(files.map((file) => file.path));
  const roots = new Set<string>();
  for (const file of files) {
    for (const { path, line } of file.scan.imports) {
      if (paths.has(path)) continue;
      const fitting = [...paths].filter((other) => other.endsWith(`/${path}`));
      const prefixes = fitting.map((other) => other.slice(0, -path.length));
      const known = prefixes.filter((prefix) => roots.has(prefix));
      if (known.length === 0 && prefixes.length > 1) {
        const choice = `import ${path} fits ${fitting.join(' and ')}`;
        throw new ContractError(`${file.shown}:${line}: ${choice}`);
      }
      if (known.length === 0 && prefixes[0] !== undefined) roots.add(prefixes[0]);
    }
  }
  return [...roots].sort((a, b) => b.length - a.length);
}

function withoutRoot(path: string, roots: readonly string[]): string {
  const root = roots.find((each) => path.startsWith(each));
  return root === undefined ? path : path.slice(root.length);
}

/** protobufjs ships a few of protobuf's own files as text (`type.proto` and what belongs to it). */
function sourceOfProtobuf(path: string): ProtoFile | undefined {
  if (!/^google\/protobuf\/\w+\.proto$/.test(path)) return undefined;
  try {
    const shown = createRequire(import.meta.url).resolve(`protobufjs/${path}`);
    const text = readFileSync(shown, 'utf8');
    return { path, shown, text, scan: scanProto(text, shown) };
  } catch {
    return undefined;
  }
}
