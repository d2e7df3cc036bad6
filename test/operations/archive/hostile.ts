import { type Part, record } from '../../support/tar.js';

/** An archive that means harm: what is in it, and what comes of it. */
export interface Hostile {
  readonly what: string;
  readonly parts: readonly (Part | Buffer)[];
  /** Paths that are made, with their content; `null` for a folder, a link as `-> target`. */
  readonly makes?: Readonly<Record<string, string | null>>;
  /** What is left out: name → reason. */
  readonly leavesOut?: Readonly<Record<string, string>>;
  /** A part of the message when the archive is refused. */
  readonly refused?: string;
}

const evil = 'evil';
const good: Part = { name: 'good', content: 'good' };
const out = 'its name leads out of the folder';
const leads = 'it leads out of the folder';
const notAFolder = 'what should be a folder above it is none';

const link = (name: string, target: string): Part => ({ name, type: '2', link: target });
const pax = (...records: readonly Buffer[]): Part => ({
  name: 'pax',
  type: 'x',
  content: Buffer.concat(records),
});
const size = (bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);

/** Archives that mean harm. */
export const hostile: readonly Hostile[] = [
  {
    what: 'a name that goes up',
    parts: [{ name: '../evil', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { '../evil': out },
  },
  {
    what: 'a name that goes up in the middle',
    parts: [{ name: 'a/../../evil', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { 'a/../../evil': out },
  },
  {
    what: 'a name that goes up and comes back',
    parts: [{ name: 'a/../b', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { 'a/../b': out },
  },
  {
    what: 'an absolute name',
    parts: [{ name: '/tmp/evil', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { '/tmp/evil': 'its name is absolute' },
  },
  {
    what: 'two slashes',
    parts: [{ name: '//tmp/evil', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { '//tmp/evil': 'its name is absolute' },
  },
  {
    what: 'a prefix that goes up',
    parts: [{ name: 'evil', content: evil, change: (header) => header.write('../..', 345) }, good],
    makes: { good: 'good' },
    leavesOut: { '../../evil': out },
  },
  {
    what: 'the folder itself, made a link',
    parts: [link('.', '/'), link('./', '..'), { name: '', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { '.': 'it has no name', './': 'it has no name', '': 'it has no name' },
  },
  {
    what: 'the folder itself, made writable for all',
    parts: [{ name: './', type: '5', mode: 0o777 }, good],
    makes: { good: 'good' },
    leavesOut: { './': 'it has no name' },
  },
  {
    what: 'a link out, and a file through it',
    parts: [link('a', '..'), { name: 'a/evil', content: evil }, good],
    makes: { good: 'good', a: null, 'a/evil': evil },
    leavesOut: { a: leads },
  },
  {
    what: 'an absolute link, and a file through it',
    parts: [link('a', '/tmp'), { name: 'a/evil', content: evil }],
    makes: { a: null, 'a/evil': evil },
    leavesOut: { a: leads },
  },
  {
    what: 'a link within, and a file through it',
    parts: [link('a', 'b'), { name: 'a/c', content: evil }, { name: 'b', type: '5' }],
    makes: { a: null, 'a/c': evil, b: null },
    leavesOut: { a: 'there is something of that name already' },
  },
  {
    what: 'a link, and a file in its place',
    parts: [link('a', 'good'), good, { name: 'a', content: evil }],
    makes: { good: 'good', a: evil },
    leavesOut: { a: 'there is something of that name already' },
  },
  {
    what: 'links that lead out together',
    parts: [link('a/b', '../c'), link('c', 'd/e'), link('out', 'a/b/../../..'), good],
    makes: { good: 'good', a: null, 'a/b': '-> ../c', c: '-> d/e' },
    leavesOut: { out: leads },
  },
  {
    what: 'a link of links, each one folder up',
    parts: [link('a/b/up', '../..'), link('a/far', 'b/up/up'), link('a/b/more', '../../..')],
    makes: { a: null, 'a/b': null, 'a/b/up': '-> ../..', 'a/far': '-> b/up/up' },
    leavesOut: { 'a/b/more': leads },
  },
  {
    what: 'links in a circle',
    parts: [link('a', 'b'), link('b', 'a'), good],
    makes: { good: 'good', a: '-> b', b: '-> a' },
  },
  {
    what: 'links that lead nowhere',
    parts: [link('a', ''), link('b', '../b'), { ...link('c', 'd'), content: 'hidden' }],
    refused: 'no header of a tar archive',
  },
  {
    what: 'a hard link to a file outside',
    parts: [{ name: 'a', type: '1', link: '/etc/passwd' }, good],
    makes: { good: 'good' },
    leavesOut: { a: 'it is a hard link' },
  },
  {
    what: 'a hard link within, and a file through it',
    parts: [good, { name: 'a', type: '1', link: 'good' }, { name: 'a', content: evil }],
    makes: { good: 'good', a: evil },
    leavesOut: { a: 'it is a hard link' },
  },
  {
    what: 'devices and pipes',
    parts: [
      { name: 'sda', type: '4' },
      { name: 'null', type: '3' },
      { name: 'pipe', type: '6' },
      good,
    ],
    makes: { good: 'good' },
    leavesOut: { sda: 'it is a device', null: 'it is a device', pipe: 'it is a pipe' },
  },
  {
    what: 'types that nobody knows',
    parts: [{ name: 'a', type: 'V', content: evil }, { name: 'b', type: '%' }, good],
    makes: { good: 'good' },
    leavesOut: { a: 'it is of a type that is not known', b: 'it is of a type that is not known' },
  },
  {
    what: 'the same name twice',
    parts: [good, { name: 'good', content: evil }, { name: './good', content: evil }],
    makes: { good: 'good' },
    leavesOut: {
      good: 'there is something of that name already',
      './good': 'there is something of that name already',
    },
  },
  {
    what: 'a file where a folder is, and a folder where a file is',
    parts: [
      { name: 'a/b', content: 'b' },
      { name: 'a', content: evil },
      good,
      { name: 'good/', type: '5' },
      { name: 'good/c', content: evil },
    ],
    makes: { a: null, 'a/b': 'b', good: 'good' },
    leavesOut: {
      a: 'there is something of that name already',
      'good/': notAFolder,
      'good/c': notAFolder,
    },
  },
  {
    what: 'names that differ in their case',
    parts: [{ name: 'a', content: '1' }, { name: 'A', content: '2' }, link('A/b', '..'), good],
    makes: { a: '1', A: '2', good: 'good' },
    leavesOut: { 'A/b': notAFolder },
  },
  {
    what: 'a long name of pax that goes up',
    parts: [pax(record('path', '../../evil')), { name: 'fine', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { '../../evil': out },
  },
  {
    what: 'a long link of pax that leads out',
    parts: [pax(record('linkpath', '../../etc')), link('a', 'b'), good],
    makes: { good: 'good' },
    leavesOut: { a: leads },
  },
  {
    what: 'a long name of GNU tar that goes up, before one of pax',
    parts: [
      { name: '././@LongLink', type: 'L', content: '../evil\0' },
      { name: 'fine', content: evil },
      { name: '././@LongLink', type: 'K', content: '/etc\0' },
      link('a', 'b'),
      good,
    ],
    makes: { good: 'good' },
    leavesOut: { '../evil': out, a: leads },
  },
  {
    what: 'a global name for all entries',
    parts: [{ ...pax(record('path', '../evil')), type: 'g' }, good],
    makes: { good: 'good' },
  },
  {
    what: 'a zero byte in a name of pax',
    parts: [pax(record('path', 'a\0/../evil')), { name: 'a', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { 'a\ufffd/../evil': 'its name has a zero byte' },
  },
  {
    what: 'a zero byte in a name of the header, which ends it',
    parts: [{ name: 'a\0/../../evil', content: 'a' }],
    makes: { a: 'a' },
  },
  {
    what: 'a name that is not UTF-8',
    parts: [{ name: Uint8Array.of(0x61, 0xff, 0x2f, 0x2e), content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { 'a\ufffd/.': 'its name is not UTF-8' },
  },
  {
    what: 'a name that writes to a terminal',
    parts: [{ name: '../\u001b[2Jevil\u202e', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { '../\ufffd[2Jevil\ufffd': out },
  },
  {
    what: 'a name that is longer than a file system takes',
    parts: [pax(record('path', 'x'.repeat(300))), { name: 'a', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { [`${'x'.repeat(256)}…`]: 'its name is too long for the file system' },
  },
  {
    what: 'folders within folders, without end',
    parts: [pax(record('path', 'd/'.repeat(2_000))), { name: 'a', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { [`${'d/'.repeat(128)}…`]: 'it lies too deep' },
  },
  {
    what: 'a name of 60000 bytes',
    parts: [pax(record('path', 'd/'.repeat(30_000))), { name: 'a', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { [`${'d/'.repeat(128)}…`]: 'its name is too long' },
  },
  {
    what: 'records of pax without end',
    parts: [pax(record('path', 'x'.repeat(70_000))), good],
    refused: 'bytes of records',
  },
  {
    what: 'a record of pax that is longer than its header',
    parts: [{ name: 'pax', type: 'x', content: '99 path=a\n' }, good],
    refused: 'malformed',
  },
  {
    what: 'a record of pax of no length',
    parts: [{ name: 'pax', type: 'x', content: '0 path=a\n' }, good],
    refused: 'malformed',
  },
  {
    what: 'a size of pax that is no number',
    parts: [pax(record('size', '-5')), good],
    refused: 'the size in a pax header at byte 0 is none',
  },
  {
    what: 'a size of pax that swallows the next header',
    parts: [pax(record('size', '1024')), { name: 'a', content: 'x' }, good],
    refused: 'no header of a tar archive',
  },
  {
    what: 'a size below zero, in base 256',
    parts: [{ name: 'a', size: size([0xff, ...Array(11).fill(0xff)]) }],
    refused: 'the size in the header at byte 0 is below 0',
  },
  {
    what: 'a size that no number holds, in base 256',
    parts: [{ name: 'a', size: size([0x80, ...Array(11).fill(0xff)]) }],
    refused: 'the size in the header at byte 0 is too large',
  },
  {
    what: 'a size of terabytes, in base 256, and hardly any content',
    parts: [{ name: 'a', content: 'x', size: size([0x80, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0]) }],
    refused: 'breaks off',
  },
  {
    what: 'a size that is no octal number',
    parts: [{ name: 'a', size: '-0000000001\0' }],
    refused: 'the size in the header at byte 0 is no octal number',
  },
  {
    what: 'a header with a wrong checksum',
    parts: [good, { name: 'a', content: evil, checksum: '0000001\0' }],
    refused: 'there is no header of a tar archive at byte 1024',
  },
  {
    what: 'bits for setuid, setgid, sticky and everybody',
    parts: [
      { name: 'a', mode: 0o7777, content: 'a' },
      { name: 'd', type: '5', mode: 0o7777 },
    ],
    makes: { a: 'a', d: null },
  },
  {
    what: 'permissions that shut the owner out',
    parts: [
      { name: 'd/', type: '5', mode: 0 },
      { name: 'd/a', content: 'a', mode: 0 },
    ],
    makes: { d: null, 'd/a': 'a' },
  },
  {
    what: 'a file with holes',
    parts: [pax(record('GNU.sparse.major', '1')), { name: 'a', content: evil }, good],
    makes: { good: 'good' },
    leavesOut: { a: 'it is a sparse file' },
  },
  {
    what: 'a file with holes of GNU tar, with more maps',
    parts: [
      { name: 'a', type: 'S', content: evil, change: (header) => header.writeUInt8(1, 482) },
      good,
    ],
    refused: 'has more maps than its header',
  },
];
