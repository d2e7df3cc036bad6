// A worker of the kill matrix: reads what it is to do from its standard input, and upgrades a fleet, or
// dies at a place where its turn is to die. It is bundled by `bundleWorker`.
import { text } from 'node:stream/consumers';
import { upgradeFleet } from '../../../src/fleet/flows/index.js';
import type { FleetRunner } from '../../../src/fleet/runner.js';
import { createTalosClient } from '../../../src/http2.js';
import { loadTalosconfig } from '../../../src/talosconfig/index.js';
import { mortalCalls } from './mortal-calls.js';
import { MortalFlows } from './mortal-flow.js';
import { Places, type PlacesOptions } from './places.js';

/** What remembers how far the flows are. */
export type RunnerOptions =
  | { readonly kind: 'journal'; readonly directory: string }
  | { readonly kind: 'dbos'; readonly url: string; readonly slot: string };

/** What a worker is to do. */
export interface WorkerTask {
  readonly runner: RunnerOptions;
  /** The id of the run. */
  readonly run: string;
  readonly talosconfig: string;
  readonly clusters: readonly string[];
  readonly image: string;
  /** How many clusters are upgraded at a time. */
  readonly clustersAtOnce: number;
  /** Where it dies. Absent: nowhere. */
  readonly places?: PlacesOptions | undefined;
}
