import type { Credentials } from '../runtime/credentials/credentials.js';
import { basicAuth, mtls, serverTls } from '../runtime/credentials/index.js';
import { place, type StoredSettings, type TalosconfigContext } from './context.js';
import { decodePemField } from './pem-field.js';
import { configError } from './place.js';
import { relocated } from './relocate.js';

/**
 * The credentials that a context holds: its client certificate, its user name and password, both,
 * or neither, and then only the server is verified.
 *
 * @throws {TalosConfigError} naming what cannot be used, or that requests have to be signed.
 */
export function contextCredentials(context: TalosconfigContext): Credentials {
  if (context.authentication === 'siderov1') {
    throw configError(
      'this context signs its requests for Omni (SideroV1), and a talosconfig does not hold the ' +
        'signing key. Pass `credentials` that authenticate the caller, or create the client over a ' +
        'transport of your own that signs',
      context[place]('auth.siderov1'),
    );
  }
  const settings = context.settings();
  const pem = (key: 'ca' | 'crt' | 'key') => {
    const value = settings[key];
    return value === undefined ? undefined : decodePemField(value, context[place](key));
  };
  try {
    return create(settings.basic, pem('ca'), pem('crt'), pem('key'));
  } catch (cause) {
    throw relocated(cause, context, {
      ca: 'ca',
      cert: 'crt',
      key: 'key',
      username: 'auth.basic.username',
      password: 'auth.basic.password',
    });
  }
}

function create(
  basic: StoredSettings['basic'],
  ca: string | undefined,
  cert: string | undefined,
  key: string | undefined,
): Credentials {
  if (basic !== undefined) return basicAuth({ ...basic, ca, cert, key });
  if (cert === undefined && key === undefined) return serverTls({ ca });
  // With one of the two missing, mtls says which.
  return mtls({ ca, cert: cert as string, key: key as string });
}
