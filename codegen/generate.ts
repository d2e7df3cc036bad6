import { type BuildOptions, build } from './build.js';
import { format, type Output } from './format.js';
import { loadTree } from './load.js';
import { Renderer } from './render.js';
import type { FeatureTable } from './table.js';
import type { Places } from './uses.js';

export interface GenerateOptions extends BuildOptions, Places {
  /** Folder of the .proto files. */
  readonly protos: string;
  /** Paths of .proto files to leave out: files that only declare options, in proto2 for instance. */
  readonly skip?: readonly string[] | undefined;
  readonly table: FeatureTable;
  /** Folder of the templates. */
  readonly templates: string;
}

/** From protos to the text of every file; nothing is written. */
export function generate(options: GenerateOptions): Output[] {
  return format(print(options));
}

/** As `generate`, before the text is laid out. */
export function print(options: GenerateOptions): Output[] {
  const tree = loadTree(options.protos, options.skip);
  const { files } = build(tree, options.table, options);
  const renderer = new Renderer(options.templates, options);
  return files.map((file) => ({ path: file.path, text: renderer.render(file) }));
}
