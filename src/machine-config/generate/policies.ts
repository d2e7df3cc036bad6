import type { FreeObject } from '../values.js';

/** What pods may do: the baseline everywhere but in kube-system, with warnings for more. */
export const podSecurity: FreeObject = {
  apiVersion: 'pod-security.admission.config.k8s.io/v1alpha1',
  defaults: {
    audit: 'restricted',
    'audit-version': 'latest',
    enforce: 'baseline',
    'enforce-version': 'latest',
    warn: 'restricted',
    'warn-version': 'latest',
  },
  exemptions: { namespaces: ['kube-system'], runtimeClasses: [], usernames: [] },
  kind: 'PodSecurityConfiguration',
};

/** What the API server records of requests: who did what when, without contents. */
export const auditPolicy: FreeObject = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [{ level: 'Metadata' }],
};

/** Who may come without a name: those who ask whether the API server is well. */
export const authentication: FreeObject = {
  anonymous: {
    conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }],
    enabled: true,
  },
  jwt: [],
};
