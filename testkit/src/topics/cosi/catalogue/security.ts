import type { Machine } from '../../../base/machine.js';
import { verificationRules } from '../../images/verify.js';
import { imageVerificationRuleKind } from '../kinds/security.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** What images the configuration lets a node run. */
export const securitySource: ResourceSource = {
  kinds: [imageVerificationRuleKind],
  topics: ['config'],
  *resources(machine: Machine): Generator<Published> {
    for (const { id, ...rule } of verificationRules(machine)) {
      const { imagePattern, skip, deny, keyless, certificate } = rule;
      const { issuer = '', subject = '', subjectRegex = '' } = keyless ?? {};
      yield publish(imageVerificationRuleKind, id, {
        ...(imagePattern === '' ? {} : { imagePattern }),
        skip,
        deny,
        ...(keyless === undefined
          ? {}
          : {
              keylessVerifier: {
                issuer,
                ...(subject === '' ? {} : { subject }),
                ...(subjectRegex === '' ? {} : { subjectRegex }),
              },
            }),
        ...(certificate === undefined ? {} : { publicKeyVerifier: { certificate } }),
      });
    }
  },
};
