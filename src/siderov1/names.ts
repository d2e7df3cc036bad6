import { quoted } from '../runtime/errors/quoted.js';

/** Why `identity` cannot sign; absent when it can. */
export function identityProblem(identity: unknown): string | undefined {
  if (typeof identity !== 'string')
    return 'must be the e-mail address of a user or service account';
  if (identity === '') return 'is empty';
  // Omni splits the header that holds it at the spaces.
  if (/\s/.test(identity)) return 'must hold no space';
  if (/[^\x21-\x7e]/.test(identity)) return 'must be printable ASCII text';
  return undefined;
}

/**
 * Why `context` cannot be part of the name of a key file; absent when it can. A separator would lead
 * to another folder.
 */
export function contextProblem(context: unknown): string | undefined {
  if (typeof context !== 'string') return 'must be the name of a context of a talosconfig';
  if (context === '') return 'is empty';
  return /[/\\\0]/.test(context)
    ? `${quoted(context)} is part of the name of a key file, and must hold no "/", "\\" or NUL`
    : undefined;
}

/** How keys of this library name their owner. */
export function userIdOf(identity: string): string {
  return `talos-client (${process.platform}/${process.arch}) <${identity}>`;
}
