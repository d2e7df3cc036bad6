import type { Clock } from '../../base/time/clock.js';
import { until } from '../../base/time/until.js';
import type { Kubernetes } from '../../topics/kubernetes/kubernetes.js';
import type { KubeObject } from '../objects/object.js';
import { ApiProblem } from '../problem.js';
import { groupVersionOf } from '../resources.js';
import type { Change, Versions } from '../versions.js';
import { isSelected, numberOf, type Selection } from './list.js';

/** Where a watch looks. */
export interface WatchPlace {
  readonly kubernetes: Kubernetes;
  readonly versions: Versions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How an object is written in an event. */
export type Shown = (object: KubeObject) => object;

/**
 * The events of a watch, a line of JSON each, until the client leaves or `timeoutSeconds` are over.
 *
 * @throws {ApiProblem} when the query cannot be read.
 */
export function watch(
  place: WatchPlace,
  selection: Selection,
  query: URLSearchParams,
  shown: Shown,
): AsyncIterable<string> {
  const seconds = numberOf(query, 'timeoutSeconds');
  const from = numberOf(query, 'resourceVersion') ?? 0;
  const told = query.get('sendInitialEvents') === 'true';
  return lines(place, selection, { seconds, from: told ? 0 : from, told }, shown);
}

async function* lines(
  { kubernetes, versions, clock, signal }: WatchPlace,
  selection: Selection,
  { seconds, from, told }: { readonly seconds: number | undefined; from: number; told: boolean },
  shown: Shown,
): AsyncGenerator<string, void, undefined> {
  const over = new AbortController();
  const end = () => over.abort();
  const timer = seconds === undefined ? undefined : clock.setTimer(seconds * 1000, end);
  const ended = AbortSignal.any([signal, over.signal]);
  let version = from;
  try {
    if (from === 0) {
      for (const { object } of versions.list(selection.resource)) {
        if (isSelected(selection, object)) yield line('ADDED', shown(object));
      }
      version = versions.version;
      if (told) yield line('BOOKMARK', endOfInitialEvents(selection, version));
    }
    while (!ended.aborted) {
      const changes = await nextChanges(kubernetes, versions, selection, version, ended);
      if (changes === undefined) {
        yield line('ERROR', tooOld(version, versions.version));
        return;
      }
      for (const change of changes) {
        version = change.version;
        const type = typeFor(selection, change);
        if (type !== undefined) yield line(type, shown(change.object));
      }
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    timer?.cancel();
  }
}

function tooOld(version: number, newest: number): object {
  const message = `too old resource version: ${version} (${newest})`;
  return new ApiProblem(410, 'Expired', message).status();
}

/** Waits for the next changes; absent when those after `version` are no longer known. */
async function nextChanges(
  kubernetes: Kubernetes,
  versions: Versions,
  { resource }: Selection,
  version: number,
  signal: AbortSignal,
): Promise<readonly Change[] | undefined> {
  return until<readonly Change[] | { readonly tooOld: true }>(
    () => {
      const changes = versions.changesSince(resource, version);
      if (changes === undefined) return { tooOld: true };
      return changes.length > 0 ? changes : undefined;
    },
    (again) => kubernetes.onChange(again),
    signal,
  ).then((found) => ('tooOld' in found ? undefined : found));
}

/** What a change is to somebody who sees a part of the objects: it may come in, or go. */
function typeFor(selection: Selection, { type, object, before }: Change): string | undefined {
  const is = isSelected(selection, object);
  if (type !== 'MODIFIED') return is ? type : undefined;
  const was = before !== undefined && isSelected(selection, before);
  if (was) return is ? 'MODIFIED' : 'DELETED';
  return is ? 'ADDED' : undefined;
}

function endOfInitialEvents({ resource }: Selection, version: number): object {
  return {
    kind: resource.kind,
    apiVersion: groupVersionOf(resource),
    metadata: {
      resourceVersion: String(version),
      creationTimestamp: null,
      annotations: { 'k8s.io/initial-events-end': 'true' },
    },
  };
}

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
