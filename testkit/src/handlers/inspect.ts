import type { InspectMethods } from 'talos-client/inspect';
import { controllerDependencies } from '../machine/controllers.js';
import type { HandlersOf } from '../rpc.js';

/** The controllers of Talos and what they read and write. */
export const inspectHandlers: HandlersOf<InspectMethods> = {
  controllerRuntimeDependencies: () => ({ edges: controllerDependencies() }),
};
