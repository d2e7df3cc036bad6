import { described } from '../runtime/arguments/described.js';
import { isRecord } from '../runtime/arguments/record.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import type { AnyKind } from './kind.js';

/**
 * Refuses what is no kind.
 *
 * @throws {TalosConfigError} that says what a kind is.
 */
export function checkKind(kind: AnyKind, where: string): void {
  const { type, namespace } = isRecord(kind) ? (kind as Partial<AnyKind>) : {};
  if (typeof type === 'string' && type !== '' && typeof namespace === 'string') return;
  const late = typeof (kind as unknown as PromiseLike<unknown>)?.then === 'function';
  throw new TalosConfigError(
    `${where}: kind: expected a kind such as MachineStatus of talos-client/cosi/runtime, or what ` +
      `cosi(node).kind(name) gives, got ${described(kind)}${late ? ': await it' : ''}`,
    { field: 'kind' },
  );
}

/**
 * The id that is asked for: the one of the kind where none is given.
 *
 * @throws {TalosConfigError} when there is none, or it is no text.
 */
export function checkId({ type, id: only }: AnyKind, id: unknown, where: string): string {
  const wanted = id ?? only;
  if (typeof wanted === 'string' && wanted !== '') return wanted;
  const problem =
    wanted === undefined
      ? `${type} may have many resources: name one, or use list`
      : `expected the id of a resource, got ${wanted === '' ? 'an empty string' : described(wanted)}`;
  throw new TalosConfigError(`${where}: id: ${problem}`, { field: 'id' });
}
