import type { InspectMethods } from 'talos-client/inspect';
import type { HandlersOf } from '../base/calls/rpc.js';
import { controllerDependencies } from '../topics/system/controllers.js';

/** The controllers of Talos and what they read and write. */
export const inspectHandlers: HandlersOf<InspectMethods> = {
  controllerRuntimeDependencies: () => ({ edges: controllerDependencies() }),
};
