import { type BuildOptions, build } from './build.js';
import { loadTree } from './load.js';
import { type Output, polish } from './polish.js';
import { Renderer } from './render.js';
import type { FeatureTable } from './table.js';

export interface GenerateOptions extends BuildOptions {
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
  const tree = loadTree(options.protos, options.skip);
  const { files } = build(tree, options.table, options);
  const renderer = new Renderer(options.templates);
  return polish(files.map((file) => ({ path: file.path, text: renderer.render(file) })));
}
