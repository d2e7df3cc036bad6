import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLog } from '../../../src/runtime/credentials/connection-log.js';
import { ConnectionError } from '../../../src/runtime/credentials/index.js';

const untrusted = new ConnectionError('untrusted', 'another CA');
const refused = new ConnectionError('client-refused', 'no certificate');

describe('what is known about the connections to an endpoint', () => {
  let log: ConnectionLog;
  beforeEach(() => {
    log = new ConnectionLog();
  });

  it('is nothing at first', () => {
    expect(log.error).toBeUndefined();
    log.attempt();
    expect(log.error).toBeUndefined();
  });

  it('is why an attempt failed, until the next one ends', () => {
    log.attempt();
    log.failed(untrusted);
    expect(log.error).toBe(untrusted);
    log.attempt();
    expect(log.error).toBe(untrusted);
    log.connected();
    expect(log.error).toBeUndefined();
  });

  it('is the latest reason', () => {
    log.failed(untrusted);
    log.failed(refused);
    expect(log.error).toBe(refused);
  });

  it('is nothing once an attempt failed before TLS, which nobody tells', () => {
    log.attempt();
    log.failed(untrusted);
    log.attempt(); // ends without a word: nobody listened
    log.attempt();
    expect(log.error).toBeUndefined();
  });

  it('stays a refusal of the client through handshakes, which say nothing about it', () => {
    log.attempt();
    log.connected();
    log.failed(refused);
    log.attempt();
    log.connected();
    expect(log.error).toBe(refused);
    log.failed(refused);
    expect(log.error).toBe(refused);
  });

  it('is forgotten after a connection that lasted', () => {
    log.failed(refused);
    log.attempt();
    log.connected(); // and is lost without an error, much later
    log.attempt();
    expect(log.error).toBeUndefined();
  });
});
