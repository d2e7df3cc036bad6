import type { Credentials } from './credentials/credentials.js';
import { TalosConfigError } from './errors/config-error.js';

/** The endpoints of a client, or a function that gives them, for those that change. */
export type EndpointSource =
  | readonly string[]
  | (() => readonly string[] | Promise<readonly string[]>);

/** The credentials of a client, or a function that gives them, for those that change. */
export type CredentialSource = Credentials | (() => Credentials | Promise<Credentials>);

/** Where to connect, and with which credentials, at one time. */
export interface Connecting {
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
}

/** Asks for endpoints and credentials, both at once, so that they may come from one reading. */
export async function ask(
  endpoints: EndpointSource,
  credentials: CredentialSource,
): Promise<Connecting> {
  const [first, second] = await Promise.all([
    typeof endpoints === 'function' ? endpoints() : endpoints,
    typeof credentials === 'function' ? credentials() : credentials,
  ]);
  if (!Array.isArray(first) || !first.every((endpoint) => typeof endpoint === 'string')) {
    throw new TalosConfigError('endpoints: the function gave no list of strings', {
      field: 'endpoints',
    });
  }
  return { endpoints: first, credentials: second };
}
