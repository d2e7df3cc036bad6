import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { readStatusDetails, toStatusDetail } from '../../../src/runtime/errors/details.js';

// The published definitions of google.rpc, as far as details are concerned.
const { root } = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message RetryInfo { Duration retry_delay = 1; }
  message DebugInfo { repeated string stack_entries = 1; string detail = 2; }
  message QuotaFailure {
    message Violation { string subject = 1; string description = 2; int64 quota_value = 7; }
    repeated Violation violations = 1;
  }
  message PreconditionFailure {
    message Violation { string type = 1; string subject = 2; string description = 3; }
    repeated Violation violations = 1;
  }
  message BadRequest {
    message FieldViolation { string field = 1; string description = 2; string reason = 3; }
    repeated FieldViolation field_violations = 1;
  }
  message RequestInfo { string request_id = 1; string serving_data = 2; }
  message ResourceInfo {
    string resource_type = 1; string resource_name = 2; string owner = 3; string description = 4;
  }
  message Help {
    message Link { string description = 1; string url = 2; }
    repeated Link links = 1;
  }
  message LocalizedMessage { string locale = 1; string message = 2; }
`);

function encode(type: string, message: object): Uint8Array {
  const reflected = root.lookupType(`google.rpc.${type}`);
  return reflected.encode(reflected.fromObject(message)).finish();
}

const cases: [type: string, message: object, detail: object][] = [
  [
    'ErrorInfo',
    { reason: 'QUOTA', domain: 'talos.dev', metadata: { a: '1', constructor: '2' } },
    {
      kind: 'error-info',
      reason: 'QUOTA',
      domain: 'talos.dev',
      metadata: { a: '1', constructor: '2' },
    },
  ],
  [
    'RetryInfo',
    { retryDelay: { seconds: 3, nanos: 250_000_000 } },
    { kind: 'retry-info', retryDelayMs: 3250 },
  ],
  ['RetryInfo', {}, { kind: 'retry-info', retryDelayMs: 0 }],
  [
    'DebugInfo',
    { stackEntries: ['a', 'b'], detail: 'c' },
    { kind: 'debug-info', stackEntries: ['a', 'b'], detail: 'c' },
  ],
  [
    'QuotaFailure',
    { violations: [{ subject: 's', description: 'd', quotaValue: 5 }, {}] },
    {
      kind: 'quota-failure',
      violations: [
        { subject: 's', description: 'd' },
        { subject: '', description: '' },
      ],
    },
  ],
  [
    'PreconditionFailure',
    { violations: [{ type: 't', subject: 's', description: 'd' }] },
    {
      kind: 'precondition-failure',
      violations: [{ type: 't', subject: 's', description: 'd' }],
    },
  ],
  [
    'BadRequest',
    { fieldViolations: [{ field: 'f', description: 'd', reason: 'r' }] },
    { kind: 'bad-request', fieldViolations: [{ field: 'f', description: 'd', reason: 'r' }] },
  ],
  [
    'RequestInfo',
    { requestId: 'i', servingData: 'd' },
    { kind: 'request-info', requestId: 'i', servingData: 'd' },
  ],
  [
    'ResourceInfo',
    { resourceType: 't', resourceName: 'n', owner: 'o', description: 'd' },
    {
      kind: 'resource-info',
      resourceType: 't',
      resourceName: 'n',
      owner: 'o',
      description: 'd',
    },
  ],
  [
    'Help',
    { links: [{ description: 'd', url: 'https://talos.dev' }] },
    { kind: 'help', links: [{ description: 'd', url: 'https://talos.dev' }] },
  ],
  [
    'LocalizedMessage',
    { locale: 'de', message: 'nein' },
    { kind: 'localized-message', locale: 'de', message: 'nein' },
  ],
];

describe('a detail of a standard type', () => {
  it.each(cases)('%s %j is decoded', (type, message, detail) => {
    const value = encode(type, message);
    for (const prefix of ['type.googleapis.com/', 'anywhere/else/', '']) {
      expect(toStatusDetail({ typeUrl: `${prefix}google.rpc.${type}`, value })).toEqual({
        type: `google.rpc.${type}`,
        value,
        ...detail,
      });
    }
  });

  it('that is malformed stays as it came', () => {
    for (const [type] of cases) {
      const value = new Uint8Array([0x0a, 0x7f]);
      expect(toStatusDetail({ typeUrl: `x/google.rpc.${type}`, value })).toEqual({
        kind: 'other',
        type: `google.rpc.${type}`,
        value,
      });
    }
  });

  it('survives fields that are not known', () => {
    const value = Buffer.concat([
      encode('RequestInfo', { requestId: 'i' }),
      Buffer.from([0x50, 7]),
    ]);
    expect(toStatusDetail({ typeUrl: 'google.rpc.RequestInfo', value })).toMatchObject({
      kind: 'request-info',
      requestId: 'i',
    });
  });
});

describe('a detail of another type', () => {
  it.each(['talos.Own', '', 'constructor', '__proto__'])('%j stays as it came', (type) => {
    const value = new Uint8Array([1, 2, 3]);
    expect(toStatusDetail({ typeUrl: `type.googleapis.com/${type}`, value })).toEqual({
      kind: 'other',
      type,
      value,
    });
  });
});

describe('the trailer with the details', () => {
  const entries = cases.map(([type, message]) => ({
    typeUrl: `type.googleapis.com/google.rpc.${type}`,
    value: encode(type, message),
  }));
  const trailer = encode('Status', { code: 5, message: 'gone', details: entries });

  it('holds all of them in order', () => {
    expect(readStatusDetails(trailer).map(({ type }) => type)).toEqual(
      cases.map(([type]) => `google.rpc.${type}`),
    );
  });

  it('may be absent, empty, or text', () => {
    expect(readStatusDetails(undefined)).toEqual([]);
    expect(readStatusDetails(new Uint8Array())).toEqual([]);
    expect(readStatusDetails('text')).toEqual([]);
  });

  it('never throws, whatever is in it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(Array.isArray(readStatusDetails(bytes))).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.nat(trailer.length), fc.nat(255), (at, byte) => {
        const broken = Uint8Array.from(trailer);
        broken[at] = byte;
        expect(Array.isArray(readStatusDetails(broken))).toBe(true);
        expect(Array.isArray(readStatusDetails(trailer.subarray(0, at)))).toBe(true);
      }),
    );
  });
});
