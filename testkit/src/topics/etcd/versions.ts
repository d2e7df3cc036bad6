import { supports } from '../../base/versions.js';

/** The releases of etcd that Talos comes with: since which release of Talos, newest first. */
const releases: readonly (readonly [talos: string, etcd: string])[] = [
  ['1.14', '3.7.1'],
  ['1.13', '3.6.9'],
  ['1.12', '3.6.7'],
  ['1.11', '3.6.4'],
  ['1.10', '3.5.21'],
  ['1.9', '3.5.17'],
];

/** The release of etcd on a node, such as `3.7.1`. */
export function etcdVersion(talosVersion: string): string {
  return releases.find(([talos]) => supports(talosVersion, talos))?.[1] ?? '3.5.11';
}

/** A minor release of etcd: `[3, 7]`. */
export type EtcdMinor = readonly [major: number, minor: number];

/** The minor release of `3.7.1`. */
export function minorOf(version: string): EtcdMinor {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}

/** `3.7` */
export function minorText([major, minor]: EtcdMinor): string {
  return `${major}.${minor}`;
}

export function sameMinor(a: EtcdMinor, b: EtcdMinor): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
