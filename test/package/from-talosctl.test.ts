import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as cosiModule from '../../src/cosi/index.js';
import * as follow from '../../src/follow/index.js';
import * as root from '../../src/index.js';
import * as machineConfig from '../../src/machine-config/index.js';
import * as operations from '../../src/operations/index.js';
import * as pki from '../../src/pki/index.js';
import * as talosconfig from '../../src/talosconfig/index.js';
import * as testkit from '../../testkit/src/index.js';

/** The commands of talosctl v1.14 that do something, by its own help. */
const commands = `
  apply-config, bootstrap, cgroups, containers, copy, dashboard, debug, dmesg, edit, events, get, health,
  kubeconfig, list, logs, memory, mounts, netstat, patch, pcap, processes, read, reboot, reset, restart,
  rollback, rotate-ca, service, shutdown, stats, support, time, upgrade, upgrade-k8s, usage, validate, version,
  config add, config context, config contexts, config endpoint, config info, config merge, config new,
  config node, config proxy-url, config remove, conformance kubernetes, etcd alarm disarm, etcd alarm list,
  etcd defrag, etcd downgrade cancel, etcd downgrade enable, etcd downgrade validate,
  etcd forfeit-leadership, etcd leave, etcd members, etcd remove-member, etcd snapshot, etcd status,
  image cache-cert-gen, image cache-create, image cache-serve, image k8s-bundle, image list, image pull,
  image remove, image talos-bundle, inspect dependencies, meta delete, meta write, wipe disk, wipe lv, wipe md,
  wipe pv, wipe vg, gen ca, gen config, gen crt, gen csr, gen key, gen keypair, gen secrets,
  gen secureboot database, gen secureboot pcr, gen secureboot uki, inject serviceaccount, machineconfig gen,
  machineconfig patch, remote-provision-launch, cluster create, cluster create dev, cluster create docker,
  cluster create qemu, cluster destroy, cluster logs, cluster reboot, cluster show, cluster sync, completion`
  .split(',')
  .map((command) => command.trim());

const page = readFileSync('docs/from-talosctl.md', 'utf8');
const rows = [...page.matchAll(/^\| `([^`]+)` \| (.*?) \| (.*?) ?\|$/gm)];
const surface = readFileSync('docs/api-surface.md', 'utf8');

/** The methods of a feature, as the table of all calls has them. */
function methodsOf(feature: string): readonly string[] {
  const [, section = ''] =
    new RegExp(`^## ${feature}\n(.*?)(?=^## |$(?![\\s\\S]))`, 'ms').exec(surface) ?? [];
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
}

const modules = [cosiModule, follow, root, machineConfig, operations, pki, talosconfig, testkit];
const exported = new Set(modules.flatMap((module) => Object.keys(module)));

describe('the page for those who know talosctl', () => {
  it('has a row for every command', () => {
    const named = rows.map(([, command = '']) => command);
    expect(commands.filter((command) => !named.includes(command))).toEqual([]);
  });

  it('names calls that there are', () => {
    const calls = [...page.matchAll(/`(\w+)\(node\)\.(\w+)\(/g)].filter(
      ([, feature]) => feature !== 'cosi',
    );
    expect(calls.length).toBeGreaterThan(40);
    const unknown = calls.filter(
      ([, feature = '', method = '']) => !methodsOf(feature).includes(method),
    );
    expect(unknown.map(([text]) => text)).toEqual([]);
  });

  it('names functions that there are', () => {
    const names = rows.flatMap(([, , here = '', differs = '']) =>
      [...`${here} ${differs}`.matchAll(/`(\w+)\((?!node\)\.)/g)].map(([, name = '']) => name),
    );
    expect(names.length).toBeGreaterThan(50);
    const features = [...surface.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(names.filter((name) => !exported.has(name) && !features.includes(name))).toEqual([]);
  });

  it('says why where there is nothing', () => {
    const without = rows.filter(([, , here]) => here === 'not there');
    expect(without.length).toBeGreaterThan(5);
  });
});
