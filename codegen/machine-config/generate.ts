import { join } from 'node:path';
import { type Output, polish } from '../polish.js';
import type { Renderer } from '../render.js';
import { readFactsFile } from './facts.js';
import { type MachineConfigFile, machineConfigFiles, machineConfigPage } from './files.js';
import { buildMachineConfigModel, type MachineConfigModel } from './model.js';
import { readTexts } from './texts.js';
import { readTable } from './update.js';

/** What `generated/` and the page at `page` are to hold of machine configurations. */
export function generateMachineConfig(schemas: string, renderer: Renderer, page: string): Output[] {
  const model = loadMachineConfigModel(schemas);
  const render = (file: MachineConfigFile) => ({ path: file.path, text: renderer.render(file) });
  return machineConfigFiles(model)
    .map((file) => (file.template === 'machine-config-table' ? render(file) : tidy(render(file))))
    .concat(render(machineConfigPage(model, page)));
}

/** The model of a folder like `schemas/machine-config`. */
export function loadMachineConfigModel(schemas: string): MachineConfigModel {
  return buildMachineConfigModel(
    readTable(join(schemas, 'structures.json')),
    readFactsFile(join(schemas, 'facts.yaml')),
    readTexts(join(schemas, 'texts')),
  );
}

function tidy(output: Output): Output {
  const [tidied = output] = polish([output]);
  return tidied;
}
