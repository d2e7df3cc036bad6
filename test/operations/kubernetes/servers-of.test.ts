import { expect, it } from 'vitest';
import { serversOf } from '../../../src/operations/kubernetes/servers-of.js';

const controlPlanes = [
  { address: '10.5.0.2', port: 6443 },
  { address: 'fd00::3', port: 7443 },
];
const asked = (endpoint: string) =>
  serversOf(new URL(endpoint), controlPlanes).map(({ href }) => href);

it('the cluster endpoint is asked first, and then the control planes themselves', () => {
  expect(asked('https://vip.example:6443')).toEqual([
    'https://vip.example:6443/',
    'https://10.5.0.2:6443/',
    'https://[fd00::3]:7443/',
  ]);
});

it('no server is asked twice, and the endpoint keeps its path', () => {
  expect(asked('https://10.5.0.2:6443/path')).toEqual([
    'https://10.5.0.2:6443/path',
    'https://[fd00::3]:7443/',
  ]);
});

it.each(['https://127.0.0.1:41234', 'https://localhost:6443', 'https://[::1]:6443'])(
  'a tunnel is the only way: %s',
  (endpoint) => expect(asked(endpoint)).toEqual([`${endpoint}/`]),
);
