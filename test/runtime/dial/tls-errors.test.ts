import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../src/runtime/dial/connection-error.js';
import { parseEndpoint } from '../../../src/runtime/dial/endpoint.js';
import { brokenConnection } from '../../../src/runtime/dial/tls-errors.js';

const endpoint = parseEndpoint('10.0.0.1');

/** An error as Node makes one of an alert: with thread, source file and line in its message. */
function alert(code: string, reason: string, number: number): Error {
  const message =
    `80ECA1055A7F0000:error:0A000400:SSL routines:ssl3_read_bytes:${reason}:` +
    `../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number ${number}\n`;
  return Object.assign(new Error(message), { code, reason, library: 'SSL routines' });
}

describe('an alert of the server', () => {
  // Codes as Node 20 gives them for what a server written in Go answers under TLS 1.3.
  it.each([
    [
      'no certificate',
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'tlsv13 alert certificate required',
      116,
    ],
    ['another CA', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'tlsv1 alert unknown ca', 48],
    [
      'expired or not yet valid',
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      'sslv3 alert certificate expired',
      45,
    ],
    [
      'another key usage than exactly clientAuth',
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      'sslv3 alert bad certificate',
      42,
    ],
  ])('about the client certificate (%s) is told as such', (_why, code, reason, number) => {
    const error = brokenConnection(alert(code, reason, number), endpoint);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ problem: 'client-refused', code });
    expect(error.message).toBe(
      `10.0.0.1:50000 refused the client certificate, or wants one: ${reason}`,
    );
  });

  it('about the protocol is told as such', () => {
    const code = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';
    const error = brokenConnection(
      alert(code, 'tlsv1 alert no application protocol', 120),
      endpoint,
    );
    expect(error).toMatchObject({ problem: 'no-http2', code });
  });
});

describe('any other error', () => {
  it.each([
    ['ECONNRESET', 'read ECONNRESET'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'tlsv1 alert internal error'],
    [undefined, 'socket closed'],
  ])('with the code %s is an interruption', (code, message) => {
    const cause = Object.assign(new Error(message), { code });
    const error = brokenConnection(cause, endpoint);
    expect(error).toMatchObject({ problem: 'interrupted', code, cause });
    expect(error.message).toBe(`the connection to 10.0.0.1:50000 broke: ${message}`);
  });

  it('shows its text on one line of bounded length', () => {
    const cause = new Error(`evil\u001b[2J\r\n${'x'.repeat(5000)}`);
    const { message } = brokenConnection(cause, endpoint);
    expect(message).toMatch(/^[\x20-\x7e…]*$/);
    expect(message.length).toBeLessThan(400);
  });
});
