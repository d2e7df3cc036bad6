import { ApiProblem, qualified } from './problem.js';
import type { Caller } from './request.js';
import type { Resource } from './resources.js';

/** What a caller is about to do. */
export interface Deed {
  readonly verb: string;
  /** Absent for paths that are no objects. */
  readonly resource: Resource | undefined;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly path: string;
}

/** Where the API tells how it is: what may be asked without a name. */
export const HEALTH_PATHS: readonly string[] = ['/livez', '/readyz', '/healthz'];

/** What everybody with a name may read. */
const PUBLIC = /^\/(?:version|api|apis|api\/v1|apis\/[^/]+|apis\/[^/]+\/v1)$/;

/**
 * Lets admins of the cluster do everything, and others see what there is to see for all. There are no
 * roles in between.
 *
 * @throws {ApiProblem} for everybody else.
 */
export function authorize(caller: Caller | undefined, deed: Deed): void {
  if (HEALTH_PATHS.includes(deed.path)) return;
  if (caller === undefined) throw new ApiProblem(401, 'Unauthorized', 'Unauthorized');
  if (caller.groups.includes('system:masters')) return;
  const { verb, resource, subresource, namespace, path } = deed;
  if (resource === undefined) {
    if (verb === 'get' && PUBLIC.test(path)) return;
    const message = `forbidden: User "${caller.user}" cannot ${verb} path "${path}"`;
    throw new ApiProblem(403, 'Forbidden', message, {});
  }
  const name = resource.plural + (subresource === undefined ? '' : `/${subresource}`);
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  throw new ApiProblem(
    403,
    'Forbidden',
    `${qualified(resource)} is forbidden: User "${caller.user}" cannot ${verb} resource "${name}" in API group "${resource.group}" ${where}`,
    { kind: resource.plural, ...(resource.group === '' ? {} : { group: resource.group }) },
  );
}
