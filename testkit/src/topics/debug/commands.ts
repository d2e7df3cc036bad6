import { posix } from 'node:path';
import { errnoTexts, FileError } from '../files/node.js';
import { KERNEL_RELEASE } from '../system/kernel.js';
import { processesOf } from '../system/processes.js';
import { complain, type Program, type Run, wait } from './program.js';

/** The programs of the image, by their names; the shell is not among them. */
export const commands: Readonly<Record<string, Run>> = {
  true: async () => 0,
  false: async () => 1,

  async echo({ console, args }) {
    const [first, ...rest] = args.slice(1);
    const words = first === '-n' ? rest : first === undefined ? [] : [first, ...rest];
    console.write(`${words.join(' ')}${first === '-n' ? '' : '\n'}`);
    return 0;
  },

  async cat(program) {
    const { console, args, signal } = program;
    const paths = args.slice(1);
    if (paths.length > 0) {
      return each(program, paths, (path) => console.write(program.files.read(path)));
    }
    for (;;) {
      const bytes = await console.input.read(signal);
      if (bytes.length === 0) return 0;
      console.write(bytes);
    }
  },

  async ls(program) {
    const paths = program.args.slice(1).filter((arg) => !arg.startsWith('-'));
    return each(program, paths.length > 0 ? paths : ['.'], (path) => {
      const names = program.files.list(path);
      program.console.write(names.map((name) => `${name}\n`).join(''));
    });
  },

  async pwd({ console, folder }) {
    console.write(`${folder}\n`);
    return 0;
  },

  async env({ console, env }) {
    for (const [name, value] of env) console.write(`${name}=${value}\n`);
    return 0;
  },

  async hostname({ console, machine }) {
    console.write(`${machine.name}\n`);
    return 0;
  },

  async id({ console }) {
    console.write('uid=0(root) gid=0(root) groups=0(root)\n');
    return 0;
  },

  async uname({ console, args, machine }) {
    const all = `Linux ${machine.name} ${KERNEL_RELEASE} #1 SMP PREEMPT_DYNAMIC x86_64`;
    const flags: Readonly<Record<string, string>> = {
      '-a': all,
      '-n': machine.name,
      '-r': KERNEL_RELEASE,
      '-m': 'x86_64',
    };
    console.write(`${flags[args[1] ?? ''] ?? 'Linux'}\n`);
    return 0;
  },

  async date({ console, clock }) {
    console.write(`${new Date(clock.now()).toUTCString()}\n`);
    return 0;
  },

  async ps({ console, machine }) {
    const row = (pid: string | number, command: string) =>
      `${String(pid).padStart(5)} root ${command}\n`;
    console.write(row('PID', 'COMMAND'));
    for (const { pid, command, args } of processesOf(machine)) {
      console.write(row(pid, args === undefined || args === '' ? `[${command}]` : args));
    }
    return 0;
  },

  async sleep(program) {
    const seconds = Number(program.args[1]);
    if (!Number.isFinite(seconds) || seconds < 0) {
      complain(program, `invalid number '${program.args[1] ?? ''}'`);
      return 1;
    }
    await wait(program, seconds * 1000);
    return 0;
  },

  async stty(program) {
    const { console, args } = program;
    if (console.size === undefined) {
      complain(program, 'standard input: Not a tty');
      return 1;
    }
    const { width, height } = console.size;
    if (args[1] === 'size') console.write(`${height} ${width}\n`);
    else console.write(`speed 38400 baud; rows ${height}; columns ${width};\n`);
    return 0;
  },
};

function each(program: Program, paths: readonly string[], run: (path: string) => void): number {
  let code = 0;
  for (const path of paths) {
    try {
      run(posix.resolve(program.folder, path));
    } catch (problem) {
      if (!(problem instanceof FileError)) throw problem;
      complain(program, `${path}: ${capital(errnoTexts[problem.errno])}`);
      code = 1;
    }
  }
  return code;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
