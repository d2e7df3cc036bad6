import { machineSource } from './catalogue/machine.js';
import { metaSource } from './catalogue/meta.js';
import type { ResourceSource } from './source.js';

/** Everything that shows the state of a node as resources. */
export const resourceSources: readonly ResourceSource[] = [metaSource, machineSource];
