import { join } from 'node:path';
import type { Output } from '../format.js';
import type { Renderer } from '../render.js';
import { readFactsFile } from './facts.js';
import { machineConfigFiles, machineConfigPage } from './files.js';
import { buildMachineConfigModel, type MachineConfigModel } from './model.js';
import { readTexts } from './texts.js';
import { readTable } from './update.js';

/**
 * What `generated/` and the page at `page` are to hold of machine configurations, before it is laid
 * out.
 */
export function printMachineConfig(schemas: string, renderer: Renderer, page: string): Output[] {
  const model = loadMachineConfigModel(schemas);
  const files = [...machineConfigFiles(model), machineConfigPage(model, page)];
  return files.map((file) => ({ path: file.path, text: renderer.render(file) }));
}

/** The model of a folder like `schemas/machine-config`. */
export function loadMachineConfigModel(schemas: string): MachineConfigModel {
  return buildMachineConfigModel(
    readTable(join(schemas, 'structures.json')),
    readFactsFile(join(schemas, 'facts.yaml')),
    readTexts(join(schemas, 'texts')),
  );
}
