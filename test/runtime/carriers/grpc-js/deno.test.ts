import { afterEach, expect, it, vi } from 'vitest';
import { plaintext } from '../../../../src/runtime/credentials/index.js';
import { TalosConfigError } from '../../../../src/runtime/errors/config-error.js';
import { grpcTransport } from '../../../../src/runtime/grpc-transport.js';

afterEach(() => vi.unstubAllGlobals());

it('in Deno, which it would end, grpc-js is refused with what to take instead', () => {
  const make = () => grpcTransport({ endpoints: ['127.0.0.1'], credentials: plaintext() });
  expect(make).not.toThrow();
  vi.stubGlobal('Deno', {});
  expect(make).toThrow(TalosConfigError);
  expect(make).toThrow('talos-client/http2');
});
