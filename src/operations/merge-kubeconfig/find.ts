import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Environment } from '../../talosconfig/find.js';
import { inHome } from '../../talosconfig/home-path.js';

/**
 * The file to merge into: the given one, that of `$KUBECONFIG`, or `~/.kube/config`.
 *
 * @throws {TalosConfigError} when `$KUBECONFIG` has several files: nobody says into which one
 */
export function kubeconfigPath(path: string | undefined, env: Environment): string {
  if (path !== undefined) return inHome(path, env.HOME);
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((entry) => entry !== '');
  const [first, second] = listed;
  if (second !== undefined) {
    throw new TalosConfigError(
      '$KUBECONFIG has several files; say as the path into which one to merge',
      { field: 'path' },
    );
  }
  return first ?? join(env.HOME || homedir(), '.kube', 'config');
}
