import { TalosConfigError } from '../runtime/errors/config-error.js';
import { place, type TalosconfigContext } from './context.js';
import { configError } from './place.js';

/**
 * The error about an option as one about the talosconfig it came from.
 *
 * @param keys which key of the context each option came from
 */
export function relocated(
  cause: unknown,
  context: TalosconfigContext,
  keys: Readonly<Record<string, string>>,
): unknown {
  if (!(cause instanceof TalosConfigError)) return cause;
  const { field = '', message } = cause;
  const key = keys[field];
  if (key === undefined) return cause;
  const reason = message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  return configError(reason, context[place](key), { cause });
}
