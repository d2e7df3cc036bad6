import type { Machine } from '../../base/machine.js';
import { sleep } from '../../base/time/clock.js';

/** The server that nodes ask unless their configuration names another. */
export const DEFAULT_TIME_SERVER = 'time.cloudflare.com';

/** Time servers that nodes reach: some by name, some by address. */
const reachable: readonly RegExp[] = [
  /^time\.(cloudflare|google|apple|facebook|windows)\.com$/,
  /^time[1-4]\.google\.com$/,
  /^(\w+\.)*pool\.ntp\.org$/,
  /^ntp\.ubuntu\.com$/,
  /^169\.254\.169\.123$/,
];

/** How long a node waits for an answer, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** The clock of virtual machines that have one from their host. */
const PTP_DEVICE = '/dev/ptp0';

/** What a node learned from a time server; both in milliseconds since 1970, with fractions. */
export interface TimeReading {
  readonly local: number;
  readonly remote: number;
}

/**
 * Asks a time server, or a PTP device, for the time.
 *
 * @throws {Error} when it does not answer, or there is none of that name.
 */
export async function queryTime(
  machine: Machine,
  server: string,
  signal: AbortSignal,
): Promise<TimeReading> {
  if (server.startsWith('/dev/')) {
    if (server === PTP_DEVICE) return reading(machine, server, 0.02);
    throw new Error(
      `error querying PTP device "${server}": open ${server}: no such file or directory`,
    );
  }
  if (reachable.some((pattern) => pattern.test(server))) return reading(machine, server, 4);
  const problem = isAddress(server)
    ? await silence(machine, server, signal)
    : `lookup ${server} on 127.0.0.53:53: no such host`;
  throw new Error(`error querying NTP server "${server}": ${problem}`);
}

/** A server is off by the same few milliseconds each time it is asked. */
function reading({ clock, random }: Machine, server: string, spread: number): TimeReading {
  const offset = (random.fork(`time server/${server}`).float() - 0.5) * 2 * spread;
  return { local: clock.now(), remote: clock.now() + offset };
}

async function silence(machine: Machine, server: string, signal: AbortSignal): Promise<string> {
  await sleep(machine.clock, TIMEOUT_MS, signal);
  const port = machine.random.fork(`time port/${server}`).int(32_768, 60_999);
  return `read udp ${machine.address}:${port}->${server}:123: i/o timeout`;
}

function isAddress(server: string): boolean {
  return /^[\d.]+$/.test(server) || server.includes(':');
}
