import type { FeatureTable } from '../../codegen/table.js';

const service = 'connectrpc.conformance.v1.ConformanceService';
const row = { idempotency: 'unsafe', roles: [], since: '1' } as const;

/** The feature table for the service of the conformance suite. */
const table: FeatureTable = {
  product: 'the conformance suite',
  features: {
    conformance: {
      about: 'conformance',
      methods: {
        [`${service}/Unary`]: row,
        [`${service}/ServerStream`]: row,
        [`${service}/ClientStream`]: row,
        [`${service}/BidiStream`]: row,
        [`${service}/Unimplemented`]: row,
        [`${service}/IdempotentUnary`]: { ...row, idempotency: 'read' },
      },
      extraRoots: [
        'connectrpc.conformance.v1.ClientCompatRequest',
        'connectrpc.conformance.v1.ClientCompatResponse',
      ],
    },
  },
};

export default table;
