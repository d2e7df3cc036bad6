import { TalosConfigError } from '../errors/config-error.js';
import { type AnyMethod, rpcName } from '../method.js';

/**
 * Refuses a request that leaves out a field that must be stated, before anything is sent. The
 * encoder of the request checks everything else.
 *
 * @throws {TalosConfigError} naming the method, the field, and what the call would do without it.
 */
export function checkRequest(method: AnyMethod, request: unknown): void {
  const { required } = method;
  for (const field in required) {
    if ((request as Readonly<Record<string, unknown>> | undefined)?.[field] !== undefined) continue;
    const missing = missingAt(request, field.split('.'), '');
    if (missing === undefined) continue;
    throw new TalosConfigError(
      `${rpcName(method)}: request${missing} must be stated: left out, it ${required[field]}`,
      { field: missing.slice(1) },
    );
  }
  if (request !== undefined) return;
  throw new TalosConfigError(`${rpcName(method)}: request is missing: {} has all its defaults`, {
    field: 'request',
  });
}

/** The path of the first missing field below `path`; in a list, every item is checked. */
function missingAt(value: unknown, parts: readonly string[], path: string): string | undefined {
  if (Array.isArray(value)) {
    return value
      .map((item, index) => missingAt(item, parts, `${path}[${index}]`))
      .find((missing) => missing !== undefined);
  }
  // What is no message is left to the encoder, which knows what is due there.
  if (value !== undefined && (typeof value !== 'object' || value === null)) return undefined;
  const [first = '', ...rest] = parts;
  const inner = (value as Readonly<Record<string, unknown>> | undefined)?.[first];
  const place = `${path}.${first}`;
  if (rest.length > 0) return missingAt(inner, rest, place);
  return inner === undefined ? place : undefined;
}
