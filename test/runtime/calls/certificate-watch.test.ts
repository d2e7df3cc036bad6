import { channel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CertificateWatch } from '../../../src/runtime/calls/certificate-watch.js';
import type { ClientCertificate } from '../../../src/runtime/credentials/client-certificate.js';
import { ClientTrace } from '../../../src/runtime/diagnostics/client-trace.js';
import {
  channelNames,
  type Subscriber,
  subscribe,
} from '../../../src/runtime/diagnostics/index.js';

const DAY = 24 * 3_600_000;
const begin = Date.UTC(2026, 0, 1);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A certificate that is valid for some days from the start of 2026. */
const validFor = (days: number): ClientCertificate => ({
  subject: 'O=os:admin',
  roles: ['os:admin'],
  notBefore: new Date(begin),
  notAfter: new Date(begin + days * DAY),
  fingerprint: '',
});

/** The watch of a client of this name, and what is told of it. */
function watchAt(name = 'own') {
  vi.useFakeTimers({ now: begin });
  const seen: { readonly certificate: ClientCertificate; readonly leftMs: number }[] = [];
  const note: Subscriber = {
    certificate: ({ certificate, leftMs }) => void seen.push({ certificate, leftMs }),
  };
  const watching = subscribe(note, { only: (client) => client.name === 'own' });
  onTestFinished(() => watching.stop());
  const facts = { name, endpoints: ['a:1'], credentials: { certificate: undefined } };
  const watch = new CertificateWatch(new ClientTrace(facts, () => 0));
  const at = (days: number, certificate: ClientCertificate) => {
    vi.setSystemTime(begin + days * DAY);
    return watch.problem(certificate);
  };
  return { seen, at };
}

describe('a client certificate', () => {
  it('of a year is told a week before its end, once', () => {
    const { seen, at } = watchAt();
    const year = validFor(365);
    at(1, year);
    at(357.9, year);
    expect(seen).toEqual([]);
    expect(at(358, year)).toBeUndefined();
    at(360, year);
    expect(seen).toEqual([{ certificate: year, leftMs: 7 * DAY }]);
  });

  it('of a day is told in the last tenth of it', () => {
    const { seen, at } = watchAt();
    const day = validFor(1);
    at(0.89, day);
    expect(seen).toEqual([]);
    at(0.95, day);
    expect(seen).toHaveLength(1);
  });

  it('that replaced another one is told again, and one that ran out is refused', () => {
    const { seen, at } = watchAt();
    at(0.95, validFor(1));
    at(1.95, validFor(2));
    expect(seen).toHaveLength(2);
    expect(at(3, validFor(2))).toMatchObject({ code: 'config', field: 'credentials' });
    expect(seen).toHaveLength(2);
  });

  it('is told to the process when nobody listens, or nobody to this client', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const warning = [
      expect.stringContaining('(O=os:admin) runs out at 2026-01-02T00:00:00.000Z'),
      { type: 'TalosCertificateWarning', code: 'TALOS_CLIENT_CERTIFICATE_EXPIRES' },
    ];
    const facts = { name: 'own', endpoints: ['a:1'], credentials: { certificate: undefined } };
    vi.useFakeTimers({ now: begin + 0.95 * DAY });
    new CertificateWatch(new ClientTrace(facts, () => 0)).problem(validFor(1));
    expect(emit.mock.calls).toEqual([warning]);

    const other = watchAt('another');
    other.at(0.95, validFor(1));
    expect(other.seen).toEqual([]);
    expect(emit.mock.calls).toEqual([warning, warning]);

    const own = watchAt();
    own.at(0.95, validFor(1));
    expect(own.seen).toHaveLength(1);
    expect(emit).toHaveBeenCalledTimes(2);
  });

  it('is told to the process as well when a channel is read and nobody takes it over', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const seen: unknown[] = [];
    const source = channel(channelNames.certificate);
    const note = (message: unknown) => void seen.push(message);
    source.subscribe(note);
    onTestFinished(() => void source.unsubscribe(note));
    watchAt('another').at(0.95, validFor(1));
    expect(seen).toMatchObject([{ client: { name: 'another' }, leftMs: 0.05 * DAY }]);
    expect(emit).toHaveBeenCalledTimes(1);
  });
});
