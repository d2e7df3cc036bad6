import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { credentialsOf } from '../../../src/operations/kubernetes/kubeconfig-credentials.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const whole = {
  clusters: [
    { name: 'other', cluster: { server: 'https://other' } },
    {
      name: 'one',
      cluster: { server: 'https://10.5.0.2:6443', 'certificate-authority-data': base64('CA') },
    },
  ],
  users: [
    {
      name: 'admin@one',
      user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
    },
  ],
  contexts: [{ name: 'admin@one', context: { cluster: 'one', user: 'admin@one' } }],
  'current-context': 'admin@one',
};

describe('the credentials of a kubeconfig', () => {
  it('are those of its current context', () => {
    expect(credentialsOf(stringify(whole))).toEqual({
      server: new URL('https://10.5.0.2:6443'),
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
    });
  });

  it.each([
    ['it is not YAML', '{secret: "'],
    ['it is not a map', '- secret'],
    ['current-context is missing', stringify({ ...whole, 'current-context': undefined })],
    ['its current context has no context', stringify({ ...whole, contexts: 'secret' })],
    ['its current context has no user', stringify({ ...whole, users: [{ name: 'secret' }] })],
    [
      'the server is not an https URL',
      stringify({ ...whole, clusters: [{ name: 'one', cluster: { server: 'http://secret' } }] }),
    ],
    [
      'client-key-data is missing',
      stringify({
        ...whole,
        users: [{ name: 'admin@one', user: { 'client-certificate-data': base64('secret') } }],
      }),
    ],
  ])('are refused without a word of theirs: %s', (problem, text) => {
    let message = '';
    try {
      credentialsOf(text);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe(`the kubeconfig cannot be used: ${problem}`);
  });
});
