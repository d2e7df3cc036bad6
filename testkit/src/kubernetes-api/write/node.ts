import type { Kubernetes } from '../../topics/kubernetes/kubernetes.js';
import {
  isConditionTaint,
  type KubernetesNode,
  machineAnnotations,
  machineLabels,
  type NodeChange,
  type Taint,
} from '../../topics/kubernetes/node.js';
import type { KubeObject } from '../objects/object.js';
import { ApiProblem, badRequest, conflict, unsupportedMediaType } from '../problem.js';
import { type Draft, jsonPatch, mergePatch } from './json-patch.js';

const named = { plural: 'nodes', group: '' };

/** The patches that are understood, by media type. */
const patches: Readonly<Record<string, (target: Draft, patch: Draft) => Draft>> = {
  'application/json-patch+json': (target, patch) => {
    if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
    return jsonPatch(target, patch);
  },
  'application/merge-patch+json': mergePatch,
  'application/strategic-merge-patch+json': mergePatch,
};

/** What an object is after a patch. */
export function patched(object: KubeObject, contentType: string | undefined, body: string): Draft {
  const patch = patches[mediaType(contentType)];
  if (patch === undefined) throw unsupportedMediaType(Object.keys(patches));
  return patch(JSON.parse(JSON.stringify(object)), parsed(body));
}

/** What a body holds, if it is JSON. */
export function jsonBody(contentType: string | undefined, body: string): Draft {
  if (!['', 'application/json'].includes(mediaType(contentType))) {
    throw unsupportedMediaType(['application/json']);
  }
  return parsed(body);
}

function mediaType(contentType = ''): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

function parsed(body: string): Draft {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw badRequest(`the body of the request is no JSON: ${(cause as Error).message}`);
  }
}

/**
 * Makes a node what a client says, as far as clients have a say.
 *
 * @throws {ApiProblem} when it says so of another version, or what cannot be.
 */
export function writeNode(
  kubernetes: Kubernetes,
  node: KubernetesNode,
  before: KubeObject,
  after: Draft,
): void {
  const { metadata = {}, spec = {} } = fieldsOf(after);
  const { name, uid, resourceVersion, labels, annotations } = fieldsOf(metadata);
  if (name !== before.metadata.name)
    throw badRequest('the name of the object does not match the URL');
  if (
    (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) ||
    (uid !== undefined && uid !== before.metadata.uid)
  ) {
    const why =
      'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(named, before.metadata.name, why);
  }
  const { unschedulable, taints } = fieldsOf(spec);
  const change: NodeChange = {
    unschedulable: flag('spec.unschedulable', unschedulable),
    labels: without(machineLabels(node.machine), texts('metadata.labels', labels)),
    annotations: without(
      machineAnnotations(node.machine),
      texts('metadata.annotations', annotations),
    ),
    taints: taintList(taints),
  };
  kubernetes.changeNode(node.machine, change);
}

function fieldsOf(value: Draft | undefined): { readonly [key: string]: Draft } {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw invalid('the object has a text where it has to have fields');
}

function flag(path: string, value: Draft | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw invalid(`${path}: expected true or false`);
  return value;
}

function texts(path: string, value: Draft | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(fieldsOf(value));
  for (const [key, text] of entries) {
    if (typeof text !== 'string') throw invalid(`${path}.${key}: expected a text`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function without(
  own: Readonly<Record<string, string>>,
  all: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => own[key] !== value));
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function taintList(value: Draft | undefined): readonly Taint[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid('spec.taints: expected a list');
  return value
    .map((one): Taint => {
      const { key, value: text, effect } = texts('spec.taints', withoutTime(one));
      if (key === undefined || effect === undefined || !EFFECTS.includes(effect)) {
        throw invalid(`spec.taints: a taint needs a key, and an effect of ${EFFECTS.join(', ')}`);
      }
      return { key, value: text, effect };
    })
    .filter((taint) => !isConditionTaint(taint));
}

function withoutTime(taint: Draft): Draft {
  const { timeAdded: _, ...rest } = fieldsOf(taint);
  return rest;
}

function invalid(why: string): ApiProblem {
  return new ApiProblem(422, 'Invalid', why);
}
