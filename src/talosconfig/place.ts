import { TalosConfigError } from '../runtime/errors/config-error.js';
import { LONGEST_SHOWN, quoted } from '../runtime/errors/quoted.js';

/** Where in a talosconfig, or another file of its kind, a value is. */
export interface Place {
  /** What the file is. Default: a talosconfig. */
  readonly what?: string | undefined;
  /** The file; absent when the text came from elsewhere. */
  readonly path?: string | undefined;
  /** The key, as `contextField` and `childField` write it; absent for the file as a whole. */
  readonly field?: string | undefined;
  /** Counted from 1; absent for text that is not, or no longer, that of the file. */
  readonly line?: number | undefined;
}

/** Says where a key of a context is. */
export type FindPlace = (key: string) => Place;

/**
 * The error that says what is wrong at a place. `reason` must not quote values of the file: any of
 * them may be a key or a password.
 */
export function configError(
  reason: string,
  { what = 'talosconfig', path, field, line }: Place,
  options?: ErrorOptions,
): TalosConfigError {
  const file = path === undefined ? what : `${what} ${path}`;
  const where = line === undefined ? file : `${file}, line ${line}`;
  return new TalosConfigError(
    `${where}: ${field === undefined ? '' : `${field}: `}${reason}`,
    { path, field },
    options,
  );
}

/**
 * Turns the error about an option into one about the talosconfig that the option comes from.
 *
 * @param keys which key of the context each option comes from
 */
export function relocated(
  cause: unknown,
  findPlace: FindPlace,
  keys: Readonly<Record<string, string>>,
): unknown {
  if (!(cause instanceof TalosConfigError)) return cause;
  const { field = '', message } = cause;
  const key = keys[field];
  if (key === undefined) return cause;
  const reason = message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  return configError(reason, findPlace(key), { cause });
}

/** The field of a context, or of a key in it: `contexts.prod.endpoints`. */
export function contextField(context: string, key?: string): string {
  const name = /^[\w-]+$/.test(context) && context.length <= LONGEST_SHOWN;
  const field = name ? `contexts.${context}` : `contexts[${quoted(context)}]`;
  return key === undefined ? field : childField(field, key);
}

/** The field of a key inside the map at `field`. */
export function childField(field: string, key: string): string {
  return field === '' ? key : `${field}.${key}`;
}
