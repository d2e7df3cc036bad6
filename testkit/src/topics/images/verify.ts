import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { config } from '../config/config.js';
import { compileRe2 } from '../cosi/query/re2.js';
import { type ImageReference, parseReference, pinnedText } from './reference.js';
import { registry, type Signer } from './registry.js';

/** A rule of the configuration: the first that fits an image decides. */
export interface VerificationRule {
  /** Its place among the rules, as four digits. */
  readonly id: string;
  /** What the repository has to be, where `*` stands for anything. */
  readonly imagePattern: string;
  readonly skip: boolean;
  readonly deny: boolean;
  readonly keyless: KeylessRule | undefined;
  /** The certificate or public key that must have signed. */
  readonly certificate: string | undefined;
}

/** Whose signature an image needs, by an identity provider. */
export interface KeylessRule {
  readonly issuer: string;
  readonly subject: string;
  readonly subjectRegex: string;
}

/** What became of a check. */
export interface Verdict {
  readonly verified: boolean;
  readonly message: string;
  readonly digestedImageRef: string;
}

/** The rules of a node, from the document `ImageVerificationConfig`. */
export function verificationRules(machine: Machine): readonly VerificationRule[] {
  const { isInitial, active } = machine.state(config);
  // What a cluster makes by itself has no rules.
  const rules = isInitial ? [] : (active?.config.get('ImageVerificationConfig')?.rules ?? []);
  return rules.map(({ image = '', skip, deny, keyless, publicKey }, index) => ({
    id: String(index).padStart(4, '0'),
    imagePattern: image,
    skip: skip === true,
    deny: deny === true,
    keyless: keyless && {
      issuer: keyless.issuer ?? '',
      subject: keyless.subject ?? '',
      subjectRegex: keyless.subjectRegex ?? '',
    },
    certificate: publicKey && (publicKey.certificate ?? ''),
  }));
}

/**
 * Checks an image against the rules of a node. Without a rule for it, it is good, but not verified.
 *
 * @throws {ServerStatus} `permission-denied` when a rule or its check says no.
 */
export function verifyImage(machine: Machine, text: string): Verdict {
  const reference = checkedReference(text);
  const repository = nameOf(reference);
  const rule = verificationRules(machine).find(({ imagePattern }) => {
    return imagePattern !== '' && matches(imagePattern, repository);
  });
  if (rule === undefined) {
    return { verified: false, message: 'no matched rule', digestedImageRef: '' };
  }
  if (rule.deny) {
    throw new ServerStatus('permission-denied', `verification denied by matched rule (${rule.id})`);
  }
  if (rule.skip) {
    const message = `verification skipped by matched rule (${rule.id})`;
    return { verified: false, message, digestedImageRef: '' };
  }
  const images = machine.cluster.state(registry);
  const digest = reference.digest ?? resolve(() => images.find(reference)?.digest, text);
  const problem = problemOf(rule, images.signerOf(reference));
  if (problem !== undefined) {
    throw new ServerStatus('permission-denied', `image verification failed: ${problem}`);
  }
  return {
    verified: true,
    message: 'verified via bundle',
    digestedImageRef: pinnedText({ ...reference, repository }, digest),
  };
}

function checkedReference(text: string): ImageReference {
  try {
    return parseReference(text);
  } catch (cause) {
    throw new ServerStatus(
      'invalid-argument',
      `image reference is invalid: could not parse reference: ${text}`,
      { cause },
    );
  }
}

/** The check goes by the names of another library, which has another one for Docker Hub. */
function nameOf({ repository }: ImageReference): string {
  return repository.replace(/^docker\.io\//, 'index.docker.io/');
}

function resolve(find: () => string | undefined, text: string): string {
  let digest: string | undefined;
  try {
    digest = find();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServerStatus('internal', `failed to resolve image reference: ${reason}`, { cause });
  }
  if (digest !== undefined) return digest;
  throw new ServerStatus(
    'not-found',
    `image reference not found during resolution: ${text}: not found`,
  );
}

function problemOf(
  { keyless, certificate }: VerificationRule,
  signer: Signer | undefined,
): string | undefined {
  if (signer === undefined) {
    return 'no valid signature found: no valid bundle referrers\nlegacy signature tag not found';
  }
  const mismatch = 'no valid signature found: none of the expected identities matched';
  if (keyless !== undefined) {
    if (!('issuer' in signer) || signer.issuer !== keyless.issuer) return mismatch;
    if (keyless.subject !== '') return keyless.subject === signer.subject ? undefined : mismatch;
    return matchesRegex(keyless.subjectRegex, signer.subject) ? undefined : mismatch;
  }
  const isSame = 'publicKey' in signer && signer.publicKey.trim() === certificate?.trim();
  return isSame ? undefined : 'no valid signature found: invalid signature when validating';
}

function matchesRegex(pattern: string, text: string): boolean {
  try {
    return compileRe2(pattern).test(text);
  } catch {
    return false;
  }
}

/** A pattern fits the whole text. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
