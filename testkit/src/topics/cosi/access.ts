import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { namespaceKind, resourceDefinitionKind } from './catalogue/meta.js';
import { definitionOf } from './definitions/definitions.js';
import { namespaces } from './definitions/namespaces.js';
import { resources } from './resources.js';

/**
 * Whether a caller with these roles may read a type in a namespace. Types are looked up without
 * regard to case here, while data is found by the exact type only.
 *
 * Fails with `permission-denied`, also for what the node does not know.
 */
export function checkReadAccess(
  machine: Machine,
  roles: readonly string[],
  { namespace, type }: { readonly namespace: string; readonly type: string },
): void {
  const own = machine.state(resources);
  // What the release knows is looked up without making resources of it on each node.
  const id = type.toLowerCase();
  const definition = definitionOf(machine.talosVersion, id) ?? own.spec(resourceDefinitionKind, id);
  if (definition === undefined) {
    throw new ServerStatus(
      'permission-denied',
      `resource type ${JSON.stringify(type)} is not supported`,
    );
  }
  if (definition.sensitivity === 'sensitive' && !roles.includes('os:admin')) {
    throw new ServerStatus('permission-denied', 'not authorized');
  }
  if (!Object.hasOwn(namespaces, namespace) && own.spec(namespaceKind, namespace) === undefined) {
    throw new ServerStatus(
      'permission-denied',
      `namespace ${JSON.stringify(namespace)} is not supported`,
    );
  }
}

/** The failure of every write: resources are written only from inside the node. */
export function writeRefused(): ServerStatus {
  return new ServerStatus('permission-denied', 'write access is not allowed');
}
