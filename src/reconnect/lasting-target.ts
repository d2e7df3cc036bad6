import { TalosConfigError } from '../runtime/errors/config-error.js';
import { checkTarget, route, type Target } from '../runtime/target.js';

/**
 * Checks that every connection through `target` leads to the same node, and returns it. That is so
 * for `talos.node(address)`, and for a client that talks to a single machine in maintenance.
 *
 * @param what what is to outlive connections, such as `watch`
 * @throws {TalosConfigError} when calls may go to whichever endpoint answers
 */
export function checkLastingTarget(target: Target, what: string): Target {
  const { transport, node } = checkTarget(target)[route]();
  if (node !== undefined || transport.maintenance === true) return target;
  throw new TalosConfigError(
    `${what} needs a named node: through the client, the next connection could be to another node, ` +
      'and two nodes would be mixed. Pass talos.node(address); only a client with the credentials ' +
      'maintenance(…) and a single endpoint can do without',
    { field: 'target' },
  );
}
