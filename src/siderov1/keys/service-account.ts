import { isRecord } from '../../runtime/arguments/record.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { identityProblem } from '../names.js';
import { KeyFault } from '../openpgp/key-fault.js';
import { readSigningKey } from '../openpgp/read-key.js';
import type { SigningKey } from '../openpgp/signing-key.js';
import type { Keys } from './keys.js';
import { unfit } from './validity.js';

/**
 * The key of a service account, which nobody can renew here.
 *
 * @param value base64 of JSON with `name` and `pgp_key`, as Omni gives it
 * @param field the option or environment variable that holds it
 * @throws {TalosConfigError} naming `field` and what is wrong, never the value
 */
export function serviceAccount(value: string, field: string, clock: () => number): Keys {
  const { name, pgpKey } = decode(value, field);
  let key: SigningKey;
  try {
    key = readSigningKey(pgpKey);
  } catch (cause) {
    if (!(cause instanceof KeyFault)) throw cause;
    throw refused(field, `the OpenPGP key in it ${cause.message}`);
  }
  return new ServiceAccount(name, key, field, clock);
}

class ServiceAccount implements Keys {
  readonly identity: string;
  readonly current: SigningKey;
  readonly advice: string;
  readonly #field: string;
  readonly #clock: () => number;

  constructor(identity: string, key: SigningKey, field: string, clock: () => number) {
    this.identity = identity;
    this.current = key;
    this.advice = `make a new key of the service account (omnictl serviceaccount renew) for ${field}`;
    this.#field = field;
    this.#clock = clock;
  }

  ready(): undefined {
    const problem = unfit(this.current, this.#clock());
    if (problem === undefined) return;
    const advice = problem.renewable ? `: ${this.advice}` : '';
    throw refused(this.#field, `the key of ${this.identity} ${problem.reason}${advice}`);
  }

  renewed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Nothing to look for: the key is the only one. */
  distrust(): void {}
}

function decode(value: string, field: string): { name: string; pgpKey: string } {
  const text = value.trim();
  if (text === '') throw refused(field, 'is set, but empty');
  if (!/^[A-Za-z\d+/\s]+={0,2}$/.test(text)) {
    throw refused(field, 'must be base64, as Omni shows it when it makes a service account');
  }
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    // The error of the parser is not kept as the cause, since it may quote the key.
    throw refused(field, 'must be base64 of JSON; this is base64 of something else');
  }
  if (!isRecord(json)) throw refused(field, 'must be base64 of a JSON object');
  const { name, pgp_key: pgpKey } = json as Readonly<Record<string, unknown>>;
  const problem = identityProblem(name);
  if (problem !== undefined) throw refused(field, `\`name\` in it ${problem}`);
  if (typeof pgpKey !== 'string') throw refused(field, '`pgp_key` in it is missing');
  return { name: name as string, pgpKey };
}

function refused(field: string, reason: string): TalosConfigError {
  return new TalosConfigError(`${field}: ${reason}`, { field });
}
