import type { Machine } from '../base/machine.js';
import type { ClusterPod } from '../topics/kubernetes/cluster-pod.js';
import { type Kubernetes, kubernetes as kubernetesTopic } from '../topics/kubernetes/kubernetes.js';
import { authorize, HEALTH_PATHS } from './authorize.js';
import { discovery } from './discovery.js';
import { ApiProblem, badRequest, methodNotAllowed, noSuchResource, notFound } from './problem.js';
import { listOf, pageOf, type Selection } from './read/list.js';
import { selectorOf } from './read/selectors.js';
import { rowOf, tableOf, takesJson, wantsTable } from './read/table.js';
import { watch } from './read/watch.js';
import { jsonReply, type KubernetesReply, type KubernetesRequest, textReply } from './request.js';
import { findResource, type Resource } from './resources.js';
import { type Versioned, versions as versionsTopic } from './versions.js';
import { jsonBody, patched, writeNode } from './write/node.js';
import { deleteOptions, deletePod, evictPod } from './write/pods.js';

/** What a request is about, by its path. */
interface Place {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** A request, read. */
interface Asked extends KubernetesRequest {
  readonly machine: Machine;
  readonly query: URLSearchParams;
}

/** What paths are read against. */
const BASE = 'https://kubernetes';

/** Answers a request as the API server of a node does. */
export function serveKubernetes(machine: Machine, request: KubernetesRequest): KubernetesReply {
  try {
    if (!URL.canParse(request.path, BASE)) throw badRequest('the path of the request is none');
    const { pathname, searchParams: query } = new URL(request.path, BASE);
    return answered({ ...request, machine, query }, pathname.replace(/\/+$/, '') || '/');
  } catch (error) {
    if (error instanceof ApiProblem) return error.reply();
    throw error;
  }
}

function answered(asked: Asked, path: string): KubernetesReply {
  const { caller, method, headers, machine, query } = asked;
  const place = placeOf(path);
  const watching = ['1', 'true'].includes(query.get('watch') ?? '');
  authorize(caller, {
    verb: verbOf(method, place, watching),
    resource: place?.resource,
    subresource: place?.subresource,
    namespace: place?.namespace,
    path,
  });
  if (!takesJson(headers.accept)) {
    const message = 'only the following media types are accepted: application/json';
    throw new ApiProblem(406, 'NotAcceptable', message);
  }
  if (place !== undefined) return atPlace(asked, place, watching);
  if (HEALTH_PATHS.includes(path)) return textReply(200, 'ok');
  const document = discovery(path, machine.address, machine.cluster.talosVersion);
  if (document === undefined) throw noSuchResource();
  if (method !== 'GET') throw methodNotAllowed();
  return jsonReply(200, document);
}

const PLACE =
  /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;

function placeOf(path: string): Place | undefined {
  // The namespaces are objects, too.
  const own = /^\/api\/v1\/namespaces(?:\/([^/]+))?$/.exec(path);
  if (own !== null) {
    const resource = findResource('v1', 'namespaces') as Resource;
    return { resource, namespace: undefined, name: own[1], subresource: undefined };
  }
  const [, core, group = '', namespace, plural = '', name, subresource] = PLACE.exec(path) ?? [];
  const resource = findResource(core ?? group, plural);
  if (resource === undefined || (namespace !== undefined && !resource.namespaced)) return undefined;
  // One object of a namespace needs its namespace.
  if (resource.namespaced && namespace === undefined && name !== undefined) return undefined;
  return { resource, namespace, name, subresource };
}

function verbOf(method: string, place: Place | undefined, watching: boolean): string {
  if (place === undefined) return method.toLowerCase();
  if (method === 'GET') return place.name !== undefined ? 'get' : watching ? 'watch' : 'list';
  const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update' };
  return verbs[method] ?? method.toLowerCase();
}

function atPlace(asked: Asked, place: Place, watching: boolean): KubernetesReply {
  const { name, subresource } = place;
  if (name === undefined) {
    if (asked.method !== 'GET') throw methodNotAllowed();
    return watching ? watched(asked, place) : listed(asked, place);
  }
  const found = find(asked, place, name);
  if (subresource !== undefined) return atSubresource(asked, place, found, subresource);
  switch (asked.method) {
    case 'GET':
      return watching ? watched(asked, place) : shown(asked, place.resource, found);
    case 'PATCH':
    case 'PUT':
      return written(asked, place, found);
    case 'DELETE':
      return deleted(asked, place, found);
    default:
      throw methodNotAllowed();
  }
}

function find({ machine }: Asked, { resource, namespace }: Place, name: string): Versioned {
  const found = machine.cluster
    .state(versionsTopic)
    .list(resource)
    .find(({ object: { metadata } }) => metadata.name === name && metadata.namespace === namespace);
  if (found === undefined) throw notFound(resource, name);
  return found;
}

function selectionOf({ query }: Asked, { resource, namespace, name }: Place): Selection {
  const matches = selectorOf(resource, query);
  return {
    resource,
    namespace,
    matches: (object) => matches(object) && (name === undefined || object.metadata.name === name),
  };
}

function listed(asked: Asked, place: Place): KubernetesReply {
  const { machine, query, headers } = asked;
  const selection = selectionOf(asked, place);
  const page = pageOf(machine.cluster.state(versionsTopic), selection, query);
  if (!wantsTable(headers.accept)) return jsonReply(200, listOf(selection, page));
  return jsonReply(200, tableOf(place.resource, page, machine.cluster.clock.now()));
}

function shown(asked: Asked, resource: Resource, { object }: Versioned): KubernetesReply {
  const { headers, machine } = asked;
  if (!wantsTable(headers.accept)) return jsonReply(200, object);
  return jsonReply(200, rowOf(resource, object, machine.cluster.clock.now()));
}

function watched(asked: Asked, place: Place): KubernetesReply {
  const { machine, query, headers, signal } = asked;
  const { cluster } = machine;
  const table = wantsTable(headers.accept);
  const lines = watch(
    {
      kubernetes: cluster.state(kubernetesTopic),
      versions: cluster.state(versionsTopic),
      clock: cluster.clock,
      signal,
    },
    selectionOf(asked, place),
    query,
    (object) => (table ? rowOf(place.resource, object, cluster.clock.now()) : object),
  );
  return { status: 200, headers: { 'content-type': 'application/json' }, body: lines };
}

/** Nodes are what clients may write. */
function written(asked: Asked, place: Place, found: Versioned): KubernetesReply {
  const { machine, method, headers, body, query } = asked;
  if (place.resource.plural !== 'nodes') throw methodNotAllowed();
  const kubernetes = machine.cluster.state(kubernetesTopic);
  const node = kubernetes.list().find((one) => one.machine.name === place.name);
  if (node === undefined) throw notFound(place.resource, found.object.metadata.name);
  const type = headers['content-type'];
  const after = method === 'PATCH' ? patched(found.object, type, body) : jsonBody(type, body);
  if (query.getAll('dryRun').includes('All')) return jsonReply(200, after as object);
  writeNode(kubernetes, node, found.object, after);
  return shown(asked, place.resource, find(asked, place, node.machine.name));
}

function deleted(asked: Asked, place: Place, { object }: Versioned): KubernetesReply {
  const { machine, headers, body, query } = asked;
  if (place.resource.plural !== 'pods') throw methodNotAllowed();
  const kubernetes = machine.cluster.state(kubernetesTopic);
  const pod = podOf(kubernetes, place.resource, object);
  const options = body === '' ? undefined : jsonBody(headers['content-type'], body);
  deletePod(kubernetes, pod, deleteOptions(options, query));
  const rest = machine.cluster
    .state(versionsTopic)
    .list(place.resource)
    .find((one) => one.object.metadata.uid === pod.uid);
  return jsonReply(200, (rest ?? { object }).object);
}

/** @throws {ApiProblem} when the pod is gone. */
function podOf(
  kubernetes: Kubernetes,
  resource: Resource,
  { metadata }: Versioned['object'],
): ClusterPod {
  const pod = kubernetes.pods.get(metadata.uid);
  if (pod === undefined) throw notFound(resource, metadata.name);
  return pod;
}

function atSubresource(
  asked: Asked,
  { resource }: Place,
  { object }: Versioned,
  subresource: string,
): KubernetesReply {
  const { machine, method, headers, body, query } = asked;
  if (resource.plural !== 'pods' || subresource !== 'eviction') throw noSuchResource();
  if (method !== 'POST') throw methodNotAllowed();
  const kubernetes = machine.cluster.state(kubernetesTopic);
  const pod = podOf(kubernetes, resource, object);
  evictPod(kubernetes, pod, jsonBody(headers['content-type'], body), query);
  return jsonReply(201, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    code: 201,
  });
}
