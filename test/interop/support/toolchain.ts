import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the Go module with the official code. */
export const goModule = fileURLToPath(new URL('../go', import.meta.url));

/** The folder of the Go module with the official clients of Kubernetes. */
export const kubernetesModule = fileURLToPath(new URL('../kubernetes-go', import.meta.url));

/** The folder of the proto files. */
export const protoFolder = fileURLToPath(new URL('../../../proto', import.meta.url));

const binaries = fileURLToPath(
  new URL('../../../node_modules/.cache/talos-interop', import.meta.url),
);

/** What a machine lacks to build Go programs; its message says what to do. */
export class ToolchainError extends Error {
  override readonly name = 'ToolchainError';
}

/** The Go version of a module's `go.mod`, as `major.minor`. */
const wanted = [1, 26] as const;

/** Looks for a Go toolchain that is new enough. Throws `ToolchainError` when there is none. */
export function checkGo(): string {
  let text: string;
  try {
    text = execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', cwd: goModule }).trim();
  } catch {
    throw new ToolchainError(
      `needs the Go toolchain, ${wanted.join('.')} or newer, and there is no \`go\` on the PATH. ` +
        'Get it from https://go.dev/dl/. The other tests (npm test) do not need it.',
    );
  }
  const [major = 0, minor = 0] = text.replace(/^go/, '').split('.').map(Number);
  if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
    throw new ToolchainError(`needs Go ${wanted.join('.')} or newer, and this is ${text}.`);
  }
  return text;
}

/**
 * Builds a program of a Go module and gives its path. What is unchanged is taken from Go's cache.
 * Throws `ToolchainError` when that fails.
 */
export function buildGo(module: string, program: string, name: string): string {
  checkGo();
  mkdirSync(binaries, { recursive: true });
  const path = `${binaries}/${name}`;
  try {
    execFileSync('go', ['build', '-trimpath', '-o', path, program], {
      cwd: module,
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new ToolchainError(
      `could not build ${program}. The first time, Go fetches the modules it needs ` +
        `through its proxy.\n${stderr.split('\n').slice(0, 20).join('\n')}`,
    );
  }
  return path;
}
