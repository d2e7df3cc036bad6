import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { buildGo, kubernetesModule } from './toolchain.js';

/** The official clients of Kubernetes, with the kubeconfig in a file. */
export class GoKubernetes {
  readonly #program: string;
  readonly #kubeconfig: string;

  private constructor(program: string, kubeconfig: string) {
    this.#program = program;
    this.#kubeconfig = kubeconfig;
  }

  /** Builds the program. Throws `ToolchainError` where there is no Go. */
  static build(kubeconfig: string): GoKubernetes {
    return new GoKubernetes(buildGo(kubernetesModule, '.', 'talos-kubernetes'), kubeconfig);
  }

  /** Runs a command to its end, and gives what it printed. */
  async run(...command: readonly string[]): Promise<unknown> {
    const child = this.#start(command);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    const code = await new Promise((resolve) => child.on('close', resolve));
    if (code !== 0) throw new Error(errors);
    return output === '' ? undefined : JSON.parse(output);
  }

  /** Follows the nodes; leaving the loop ends the program. */
  async *follow(): AsyncGenerator<unknown, void, undefined> {
    const child = this.#start(['follow']);
    try {
      for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
    } finally {
      child.stdin.end();
      child.kill();
    }
  }

  #start(command: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn(this.#program, [this.#kubeconfig, ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }
}
