import { type InspectOptions, inspect } from 'node:util';

/** How something with secrets in it is printed: the name of its class, and what its JSON says. */
export function printed(value: { toJSON(): object }, options: InspectOptions): string {
  return `${value.constructor.name} ${inspect(value.toJSON(), options)}`;
}
