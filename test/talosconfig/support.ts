import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';

/** A directory that is gone when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'talosconfig-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The TalosConfigError that `run` throws or rejects with. */
export async function configErrorOf(run: () => unknown): Promise<TalosConfigError> {
  let error: unknown;
  try {
    await run();
  } catch (cause) {
    error = cause;
  }
  expect(error).toBeInstanceOf(TalosConfigError);
  return error as TalosConfigError;
}

/** Everything that printing `value` in one way or another can show. */
export function printed(value: unknown): string {
  const ways = [
    { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true },
    { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true, customInspect: false },
  ];
  return [...ways.map((way) => inspect(value, way)), JSON.stringify(value), String(value)].join(
    '\n',
  );
}

/** As `printed`, for what `inspect` shows unless it is told to ignore an object's own ways. */
export function logged(value: unknown): string {
  const all = { depth: Number.POSITIVE_INFINITY };
  return [inspect(value, all), JSON.stringify(value), String(value)].join('\n');
}

/** What `talosctl gen config` writes, with other certificates. */
export const written = `context: prod
contexts:
    prod:
        endpoints:
            - 10.0.0.2
            - 10.0.0.3
        ca: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkNB
        crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkNSVA==
        key: LS0tLS1CRUdJTiBFRDI1NTE5IFBSSVZBVEUgS0VZLS0tLS0KS0VZ
`;

/** A file as people keep it: comments everywhere, unknown keys, an old one, mixed styles. */
export const kept = `# My clusters

context: prod # the big one

# Ask ops before you touch these.
contexts:
  # In Frankfurt.
  prod:
    endpoints:
      - 10.0.0.2 # cp-1
      # cp-2 is new
      - 10.0.0.3
    nodes: [10.0.0.4, 10.0.0.5]
    ca: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkNB
    # rotate in May
    crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkNSVA==
    key: LS0tLS1CRUdJTiBFRDI1NTE5IFBSSVZBVEUgS0VZLS0tLS0KS0VZ
    x-note: {team: core, hex: 0x1F, ratio: 1.10, off: ~}

  "old lab":
    target: lab.example # deprecated
    auth:
      basic:
        username: anna
        password: 'pass: word'
    proxy-url: socks5://anna:word@proxy.example:1080
  omni:
    endpoints: ["https://omni.example"]
    auth:
      siderov1:
        identity: anna@example.com
    cluster: talos-default
x-owner: ops
# The end.
`;
