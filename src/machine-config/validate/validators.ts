import type { MachineConfigDocuments } from '../../../generated/machine-config/index.js';
import type { Reporter } from './reporter.js';

/** What is checked in documents of each kind. */
export type Validators = {
  readonly [K in keyof MachineConfigDocuments]?: (
    document: MachineConfigDocuments[K],
    report: Reporter,
  ) => void;
};
