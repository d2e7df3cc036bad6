import { afterEach, describe, expect, it, vi } from 'vitest';
import { CertificateWatch } from '../../../src/runtime/calls/certificate-watch.js';
import {
  type CertificateEvent,
  guarded,
  joinObservers,
} from '../../../src/runtime/calls/observer.js';
import type { ClientCertificate } from '../../../src/runtime/credentials/client-certificate.js';

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

function watchAt() {
  vi.useFakeTimers({ now: begin });
  const seen: CertificateEvent[] = [];
  const watch = new CertificateWatch({ certificateExpires: (event) => void seen.push(event) });
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

  it('is told to the process when nobody else listens', () => {
    vi.useFakeTimers({ now: begin + 0.95 * DAY });
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const deaf = guarded(joinObservers([{ retry: () => {} }, {}]));
    new CertificateWatch(deaf).problem(validFor(1));
    expect(emit.mock.calls).toEqual([
      [
        expect.stringContaining('(O=os:admin) runs out at 2026-01-02T00:00:00.000Z'),
        { type: 'TalosCertificateWarning', code: 'TALOS_CLIENT_CERTIFICATE_EXPIRES' },
      ],
    ]);
    const seen: CertificateEvent[] = [];
    const listening = joinObservers([{}, { certificateExpires: (event) => void seen.push(event) }]);
    new CertificateWatch(guarded(listening)).problem(validFor(1));
    expect(seen).toHaveLength(1);
    expect(emit).toHaveBeenCalledTimes(1);
  });
});
