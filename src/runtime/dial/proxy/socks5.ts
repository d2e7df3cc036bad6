import { isIPv4, isIPv6, type Socket } from 'node:net';
import { ConnectionError } from '../connection-error.js';
import type { Endpoint } from '../endpoint.js';
import type { ProxyLogin, ProxyServer } from './proxy-url.js';
import { socketReader } from './socket-reader.js';

const version = 5;
const noLogin = 0;
const passwordLogin = 2;
const addressTypes = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** What RFC 1928 says the answers to a request mean. */
const replies: readonly string[] = [
  'succeeded',
  'general failure',
  'not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'time to live expired',
  'command not supported',
  'address type not supported',
];

/**
 * Asks a SOCKS5 proxy (RFC 1928, login by RFC 1929) for a connection to `endpoint`. Names are
 * resolved by the proxy.
 */
export async function openSocks5(
  socket: Socket,
  { address, login }: ProxyServer,
  endpoint: Endpoint,
): Promise<Socket> {
  const reader = socketReader(socket);
  const refuse = (reason: string, cause?: unknown): ConnectionError =>
    new ConnectionError(
      'proxy',
      `the SOCKS5 proxy ${address} gave no way to ${endpoint.address}: ${reason}`,
      cause === undefined ? undefined : { cause },
    );
  const read = async (length: number): Promise<Buffer> => {
    try {
      return await reader.read(length);
    } catch (cause) {
      throw refuse((cause as Error).message, cause);
    }
  };

  try {
    const methods = login === undefined ? [noLogin] : [noLogin, passwordLogin];
    socket.write(Buffer.from([version, methods.length, ...methods]));
    const [answeredVersion, method] = await read(2);
    if (answeredVersion !== version) throw refuse('it does not speak SOCKS5');
    if (method === passwordLogin && login !== undefined) {
      socket.write(loginMessage(login, refuse));
      const [, status] = await read(2);
      if (status !== 0) throw refuse('it refused user name and password');
    } else if (method !== noLogin) {
      throw refuse(login === undefined ? 'it wants a login' : 'it accepts no way to log in');
    }

    socket.write(Buffer.concat([Buffer.from([version, 1, 0]), destination(endpoint)]));
    const [, reply = 1, , type] = await read(4);
    if (reply !== 0) throw refuse(replies[reply] ?? `reply ${reply}`);
    await read((await boundLength(type, read, refuse)) + 2);
    return socket;
  } finally {
    reader.release();
  }
}

function loginMessage(login: ProxyLogin, refuse: (reason: string) => ConnectionError): Buffer {
  const { user, password } = login.reveal();
  const parts = [user, password].map((text) => Buffer.from(text));
  if (parts.some(({ length }) => length === 0 || length > 255)) {
    throw refuse('user name and password must be 1 to 255 bytes long');
  }
  return Buffer.concat([
    Buffer.from([1]),
    ...parts.flatMap((part) => [Buffer.from([part.length]), part]),
  ]);
}

function destination({ host, port }: Endpoint): Buffer {
  const tail = Buffer.from([port >> 8, port & 0xff]);
  if (isIPv4(host)) {
    return Buffer.concat([Buffer.from([addressTypes.ipv4, ...host.split('.').map(Number)]), tail]);
  }
  if (isIPv6(host)) {
    return Buffer.concat([Buffer.from([addressTypes.ipv6]), ipv6Bytes(host), tail]);
  }
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.from([addressTypes.name, name.length]), name, tail]);
}

/** The 16 bytes of an IPv6 address. */
function ipv6Bytes(address: string): Buffer {
  // URL writes all forms in one: lower case, and an embedded IPv4 address in hexadecimal.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const zeros = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(zeros).fill('0'), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** How many bytes of address follow. */
async function boundLength(
  type: number | undefined,
  read: (length: number) => Promise<Buffer>,
  refuse: (reason: string) => ConnectionError,
): Promise<number> {
  if (type === addressTypes.ipv4) return 4;
  if (type === addressTypes.ipv6) return 16;
  if (type !== addressTypes.name) throw refuse('its answer is no SOCKS5');
  return (await read(1))[0] ?? 0;
}
