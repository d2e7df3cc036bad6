import { encodeImageVerificationRuleSpec } from '../../../../generated/definitions/security.js';
import { defineKind, encoded } from '../kind.js';

/** Whose signature some images need, or whether they are let through or refused without. */
export interface ImageVerificationRuleSpec {
  /** What the repository has to be, where `*` stands for anything. */
  readonly imagePattern?: string;
  readonly skip: boolean;
  readonly deny: boolean;
  /** Somebody known to an identity provider has signed. */
  readonly keylessVerifier?: {
    readonly issuer: string;
    readonly subject?: string;
    readonly subjectRegex?: string;
  };
  /** The owner of a certificate or a public key, in PEM, has signed. */
  readonly publicKeyVerifier?: { readonly certificate: string };
}

/** `ImageVerificationRules`, by their place in the configuration: `0000`. The first that fits decides. */
export const imageVerificationRuleKind = defineKind({
  type: 'ImageVerificationRules.security.talos.dev',
  namespace: 'security',
  owner: 'security.ImageVerificationConfigController',
  proto: (spec: ImageVerificationRuleSpec) => encoded(encodeImageVerificationRuleSpec, spec),
});
