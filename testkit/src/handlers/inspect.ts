import type { InspectMethods } from 'talos-client/inspect';
import type { HandlersOf } from '../base/calls/rpc.js';
import { controllerDependencies } from '../topics/system/controllers/dependencies.js';

/** The controllers of Talos and what they read and write. */
export const inspectHandlers: HandlersOf<InspectMethods> = {
  controllerRuntimeDependencies: ({ machine }) => ({
    edges: controllerDependencies(machine.talosVersion),
  }),
};
