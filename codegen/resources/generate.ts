import { join } from 'node:path';
import type { Output } from '../format.js';
import type { Tree } from '../load.js';
import type { Renderer } from '../render.js';
import { readFacts } from './facts.js';
import { resourceFiles } from './files.js';
import { buildResourcesModel } from './model.js';
import { resourcesPage } from './page.js';
import { readKindTable } from './update.js';

/**
 * What `generated/cosi/` and the page at `page` are to hold of the kinds of resources, before it is
 * laid out. `schemas` is a folder like `schemas/resources`.
 */
export function printResources(
  tree: Tree,
  schemas: string,
  renderer: Renderer,
  page: string,
): Output[] {
  const table = readKindTable(join(schemas, 'kinds.json'));
  const model = buildResourcesModel(tree, table, readFacts(join(schemas, 'facts.yaml')));
  const files = [...resourceFiles(model), resourcesPage(model, page)];
  return files.map((file) => ({ path: file.path, text: renderer.render(file) }));
}
