import { type FileNode, largeFile } from './node.js';

/** How ELF programs begin. */
const ELF = Buffer.from('7f454c4602010100000000000000000003003e00', 'hex');

/** A program of so many KiB. What is in it is no machine code, but as much. */
export function program(kibibytes: number): FileNode {
  const size = kibibytes * 1024;
  const content = () => {
    const bytes = Buffer.alloc(size, `talos simulation ${kibibytes} `);
    ELF.copy(bytes);
    return bytes;
  };
  return largeFile(() => size, content, { permissions: 0o755 });
}

/** Programs by their names, with their sizes in KiB. */
export function programs(sizes: Readonly<Record<string, number>>): Record<string, FileNode> {
  return Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, program(size)]));
}
