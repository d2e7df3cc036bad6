import { describe, expect, it } from 'vitest';
import { matchesSelector, SelectorError } from '../../../testkit/src/topics/storage/selector.js';

const facts = {
  system_disk: false,
  disk: {
    dev_path: '/dev/nvme0n1',
    size: 100e9,
    transport: 'nvme',
    model: 'Samsung "Pro"',
    rotational: false,
    symlinks: ['/dev/disk/by-id/nvme-one'],
  },
};

// The common expression language, as Talos uses it to select disks.
describe('a selector', () => {
  it.each([
    ['true', true],
    ['disk.transport == "nvme"', true],
    ["disk.transport == 'sata'", false],
    ['disk.transport != "sata" && !system_disk', true],
    ['!(disk.rotational || system_disk)', true],
    ['system_disk || disk.rotational || true', true],
    // "and" binds closer than "or".
    ['true || false && false', true],
    ['disk.size > 10u * GB', true],
    ['disk.size >= 100u * GB && disk.size <= 100000000000', true],
    ['disk.size < 90u * GiB', false],
    ['disk.size == 50 * GB + 60 * GB - 10 * GB', true],
    ['"/dev/disk/by-id/nvme-one" in disk.symlinks', true],
    ['disk.transport in ["sata", "virtio"]', false],
    ['disk.transport in []', false],
    ['disk.dev_path.startsWith("/dev/nvme")', true],
    ['disk.dev_path.endsWith("p1")', false],
    ['disk.model.contains("Samsung")', true],
    ['disk.model == "Samsung \\"Pro\\""', true],
    ['glob("/dev/nvme*", disk.dev_path)', true],
    ['glob("/dev/nvme?", disk.dev_path)', false],
  ])('%s is %s', (selector, expected) => {
    expect(matchesSelector(selector, facts)).toBe(expected);
  });

  it.each([
    ['', 'the selector ends too early'],
    ['disk.size', 'the selector says neither yes nor no'],
    ['disk.colour == "red"', 'undefined field "colour"'],
    ['toString', 'undeclared reference to toString'],
    ['disk.model.matches("x")', 'undeclared reference to matches()'],
    ['disk.size.startsWith("x")', 'startsWith() is for texts'],
    ['(true', '")" is missing'],
    ['true true', 'unexpected "true"'],
    ['== 1', 'unexpected "=="'],
    ['disk.transport > "a"', 'only numbers have an order'],
    ['disk.size || true', 'only yes and no can be joined'],
    ['1 in 2', '"in" needs a list'],
    ['true ? 1 : 2', 'syntax error at " ? 1 : 2"'],
  ])('%j is none: %s', (selector, reason) => {
    expect(() => matchesSelector(selector, facts)).toThrow(new SelectorError(reason));
  });
});
