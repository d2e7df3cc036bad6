import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { act, addressOf, ask, served, tokenOf } from './support.js';

const json = { 'content-type': 'application/json' };

describe('the page of the console', () => {
  it('is there without a token, holds none, and may run nothing but itself', async () => {
    const { server } = await served();
    for (const name of await readdir('examples/console/page')) {
      if (name === 'tsconfig.json') continue;
      const path = name === 'index.html' ? '/' : `/${name}`;
      const { status, headers, body } = await ask(server, path);
      expect({ path, status }).toEqual({ path, status: 200 });
      expect(body).not.toContain(server.access.token);
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    }
  });

  it.each([
    '/server.ts',
    '/../server.ts',
    '/page/index.html',
    '/%2e%2e/server.ts',
    '/tsconfig.json',
    '//',
    '/live/',
  ])('is the only thing that is served from the disk: %s is nothing', async (path) => {
    const { server } = await served();
    const { status, body } = await ask(server, path, { headers: tokenOf(server) });
    expect({ status, body }).toEqual({ status: 404, body: '' });
  });
});

describe('the console', () => {
  it.each([
    ['no token', {}],
    ['another token', { authorization: `Bearer ${'A'.repeat(43)}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['no header that it knows', { authorization: 'nonsense' }],
  ])('gives nothing to who has %s', async (_, headers) => {
    const { machines, server } = await served();
    const nothing = { status: 401, body: '' };
    expect(await ask(server, '/live', { headers })).toMatchObject(nothing);
    const action = { method: 'POST', headers: { ...json, ...headers }, body: '{}' };
    expect(await ask(server, '/actions/stop', action)).toMatchObject(nothing);
    expect(await ask(server, '/elsewhere', { headers })).toMatchObject(nothing);
    expect(machines.journal.calls).toEqual([]);
  });

  it('takes its token as a bearer token alone', async () => {
    const { server } = await served();
    const headers = { authorization: `Basic ${server.access.token}` };
    expect(await ask(server, '/live', { headers })).toMatchObject({ status: 401 });
    const query = `?token=${server.access.token}`;
    expect(await ask(server, `/live${query}`)).toMatchObject({ status: 401 });
  });

  it.each([
    ['another origin', { origin: 'http://evil.example' }],
    ['the same host on another port', { origin: 'http://127.0.0.1:1' }],
    ['a page without an origin', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this site', { 'sec-fetch-site': 'same-site' }],
    ['a name that leads here', { host: 'evil.example' }],
    ['a name with the right port', { host: 'evil.example:PORT' }],
    ['another port', { host: '127.0.0.1:1' }],
  ])('gives nothing to a request of %s, whatever token it has', async (_, headers) => {
    const { machines, server } = await served();
    const { port } = addressOf(server);
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))]),
    );
    const nothing = { status: 403, body: '' };
    for (const path of ['/', '/page.js', '/live']) {
      const sent = { headers: { ...tokenOf(server), ...given } };
      expect(await ask(server, path, sent)).toMatchObject(nothing);
    }
    const action = {
      method: 'POST',
      headers: { ...tokenOf(server), ...json, ...given },
      body: '{}',
    };
    expect(await ask(server, '/actions/stop', action)).toMatchObject(nothing);
    expect(machines.journal.calls).toEqual([]);
  });

  it('takes what a browser sends for its own page, by either name of this host', async () => {
    const { server } = await served();
    const { port } = addressOf(server);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const headers = { ...tokenOf(server), ...json, host, origin: `http://${host}` };
      const own = { ...headers, 'sec-fetch-site': 'same-origin' };
      const sent = { method: 'POST', headers: own, body: '{}' };
      expect(await ask(server, '/actions/stop', sent)).toMatchObject({ status: 202 });
    }
    expect(await ask(server, '/', { headers: { 'sec-fetch-site': 'none' } })).toMatchObject({
      status: 200,
    });
  });

  it('listens on loopback alone', async () => {
    const { server } = await served();
    const { port } = addressOf(server);
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      const socket = connect({ host: address, port });
      await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
    }
  });

  it('is asked for actions with POST and JSON, of a length that makes sense', async () => {
    const { server } = await served();
    const headers = { ...tokenOf(server), ...json };
    expect(await ask(server, '/actions/stop', { headers })).toMatchObject({ status: 405 });
    expect(await ask(server, '/live', { method: 'POST', headers })).toMatchObject({ status: 405 });
    expect(await ask(server, '/', { method: 'POST', headers })).toMatchObject({ status: 405 });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const sent = { method: 'POST', headers: { ...headers, 'content-type': type }, body: '{}' };
      expect(await ask(server, '/actions/stop', sent)).toMatchObject({ status: 415, body: '' });
    }
    for (const length of [{}, { 'transfer-encoding': 'chunked' }]) {
      const long = { method: 'POST', headers: { ...headers, ...length }, body: ' '.repeat(70_000) };
      expect(await ask(server, '/actions/stop', long)).toMatchObject({ status: 413, body: '' });
    }
    expect(await ask(server, '/live?node=10.9.9.9', { headers })).toMatchObject({ status: 400 });
  });

  it('says what is wrong with the body of an action', async () => {
    const { server } = await served();
    const refused = async (name: string, body: unknown) => {
      const { status, body: text } = await act(server, name, body);
      return [status, JSON.parse(text).error];
    };
    expect(await refused('format', {})).toEqual([404, 'there is no action format']);
    expect(await refused('toString', {})).toEqual([404, 'there is no action toString']);
    expect(await refused('stop', [])).toEqual([400, 'expected an object']);
    expect(await refused('stop', { now: true })).toEqual([400, 'there is no field now']);
    expect(await refused('reboot', { nodes: [] })).toEqual([400, 'nodes: name at least one']);
    expect(await refused('reboot', { nodes: ['10.9.9.9'] })).toEqual([
      400,
      'node: name one that is shown, by its address',
    ]);
    const nodes = ['10.5.0.3'];
    expect(await refused('upgrade', { nodes })).toEqual([400, 'image: name the installer']);
    const sent = { method: 'POST', headers: { ...tokenOf(server), ...json }, body: '{' };
    expect(await ask(server, '/actions/stop', sent)).toMatchObject({
      status: 400,
      body: '{"error":"expected JSON"}',
    });
  });

  it('does nothing when it is to look only', async () => {
    const { machines, server } = await served(undefined, { mayAct: false });
    const nodes = ['10.5.0.3'];
    const bodies = {
      reboot: { nodes },
      upgrade: { nodes, image: 'ghcr.io/siderolabs/installer:v1.14.1' },
      stop: {},
      cut: { node: '10.5.0.3' },
      connect: { node: '10.5.0.3' },
    };
    for (const [name, body] of Object.entries(bodies)) {
      const { status, body: text } = await act(server, name, body);
      expect(status).toBe(403);
      expect(text).toContain('start it with --allow-actions');
    }
    expect(machines.journal.calls).toEqual([]);
  });
});
