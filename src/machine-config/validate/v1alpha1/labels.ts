import type { Reporter } from '../reporter.js';
import { inBytes, quote } from '../words.js';

type Pairs = { readonly [key: string]: string };

const reserved = [
  'talos.dev/owned-annotations',
  'talos.dev/owned-labels',
  'talos.dev/owned-taints',
];
const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** What all annotations of a node may hold, in bytes. */
const mostAnnotations = 256 * 1024;

/** Labels of a node, as Kubernetes takes them. */
export function checkLabels(labels: Pairs, report: Reporter): void {
  for (const [key, value] of sorted(labels)) {
    complain(nameTrouble(key), report);
    complain(valueTrouble(value), report);
  }
}

export function checkAnnotations(annotations: Pairs, report: Reporter): void {
  let size = 0;
  for (const [key, value] of sorted(annotations)) {
    complain(nameTrouble(key), report);
    if (reserved.includes(key)) report.error(`annotation ${quote(key)} is reserved`);
    size += inBytes(key) + inBytes(value);
  }
  if (size > mostAnnotations) {
    report.error(`total annotation size exceeds limit of ${mostAnnotations} bytes`);
  }
}

/** Taints of a node: `effect` or `value:effect`. */
export function checkTaints(taints: Pairs, report: Reporter): void {
  for (const [key, taint] of sorted(taints)) {
    const colon = taint.indexOf(':');
    const effect = taint.slice(colon + 1);
    const trouble = nameTrouble(key);
    if (trouble !== undefined) report.error(trouble);
    else if (!effects.includes(effect)) report.error(`invalid taint effect: ${quote(effect)}`);
    else if (colon !== -1) complain(valueTrouble(taint.slice(0, colon)), report);
  }
}

function complain(trouble: string | undefined, report: Reporter): void {
  if (trouble !== undefined) report.error(trouble);
}

function sorted(pairs: Pairs): [key: string, value: string][] {
  return Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
}

function nameTrouble(key: string): string | undefined {
  const parts = key.split('/');
  if (parts.length > 2) return `invalid format: too many slashes: ${quote(key)}`;
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, key];
  if (prefix === '') return `prefix cannot be empty: ${quote(key)}`;
  const domain = prefix === undefined ? undefined : domainTrouble(prefix);
  if (domain !== undefined) return `prefix ${quote(prefix ?? '')} is invalid: ${domain}`;
  if (name === '') return `name cannot be empty: ${quote(key)}`;
  if (inBytes(name) > 63) return `name is too long: ${quote(key)} (limit is 63)`;
  return isQualified(name) ? undefined : `name ${quote(name)} is invalid`;
}

function domainTrouble(domain: string): string | undefined {
  if (inBytes(domain) > 253) return `domain name length exceeds limit of 253: ${quote(domain)}`;
  const isDomain = domain
    .split('.')
    .every((part) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(part));
  return isDomain ? undefined : `domain doesn't match required format: ${quote(domain)}`;
}

function valueTrouble(value: string): string | undefined {
  if (inBytes(value) > 63) return `label value length exceeds limit of 63: ${quote(value)}`;
  return value === '' || isQualified(value) ? undefined : `label value ${quote(value)} is invalid`;
}

function isQualified(name: string): boolean {
  return /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name);
}
