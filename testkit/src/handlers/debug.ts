import type { Init } from 'talos-client';
import type { DebugMethods } from 'talos-client/debug';
import type {
  DebugContainerRunRequest,
  DebugContainerRunRequestSpec,
  DebugContainerRunResponse,
} from '../../generated/debug.js';
import type { ServedCall } from '../base/calls/context.js';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { DebugContainer } from '../topics/debug/container.js';
import { hasImage } from '../topics/images/lookup.js';
import { logs } from '../topics/logs/logs.js';
import { goLogTime } from '../topics/logs/timestamps.js';

/** Containers to look around on a node with. */
export const debugHandlers: HandlersOf<DebugMethods> = {
  containerRun: (ctx, requests) => runContainer(ctx, requests),
};

async function* runContainer(
  ctx: ServedCall,
  requests: AsyncIterable<DebugContainerRunRequest>,
): AsyncGenerator<Init<DebugContainerRunResponse>, void, undefined> {
  const messages = requests[Symbol.asyncIterator]();
  const spec = checkedSpec(ctx, await messages.next());
  ctx.signal.throwIfAborted();
  const container = new DebugContainer(ctx, spec);
  const kill = () => container.kill();
  ctx.signal.addEventListener('abort', kill, { once: true });
  let problem: Error | undefined;
  const input = receive(container, messages).catch((cause: Error) => {
    problem = cause;
    // It ends without an exit code.
    container.kill();
  });
  try {
    const outcome = container.outcome();
    let next = await outcome.next();
    for (; next.done !== true; next = await outcome.next()) {
      yield { resp: { case: 'stdoutData', value: next.value } };
    }
    if (problem !== undefined) throw problem;
    yield { resp: { case: 'exitCode', value: next.value } };
    // The call lasts until the caller has ended its side, too.
    await input;
  } finally {
    ctx.signal.removeEventListener('abort', kill);
    container.kill();
  }
}

function checkedSpec(
  { machine }: ServedCall,
  first: IteratorResult<DebugContainerRunRequest, unknown>,
): DebugContainerRunRequestSpec {
  if (first.done === true) {
    throw new ServerStatus('invalid-argument', 'failed to receive spec: EOF');
  }
  const { request } = first.value;
  if (request.case !== 'spec') {
    throw new ServerStatus('invalid-argument', 'expected debug container spec');
  }
  const { profile, containerd, imageName, args, env } = request.value;
  if (profile !== 'PROFILE_PRIVILEGED' && profile !== 'PROFILE_HOST_NS') {
    throw new ServerStatus('invalid-argument', `unsupported debug container profile: ${profile}`);
  }
  // How many arguments and variables there are, not which: they may be secret.
  machine
    .state(logs)
    .write(
      'machined',
      `${goLogTime(machine.clock.now())} debug container request received: image=${imageName} ` +
        `arg_count=${args.length} env_count=${Object.keys(env).length} profile=${profile}`,
    );
  if (!hasImage(machine, containerd, imageName)) {
    throw new ServerStatus(
      'not-found',
      `image ${imageName} not found: image "${imageName}": not found`,
    );
  }
  return request.value;
}

/** Takes what the caller sends, until it ends its side. */
async function receive(
  container: DebugContainer,
  messages: AsyncIterator<DebugContainerRunRequest>,
): Promise<void> {
  for (;;) {
    const next = await messages.next();
    if (next.done === true) {
      container.hangUp();
      return;
    }
    // What comes for a container that has ended ends the call as well as the end of the input.
    if (container.hasExited) return;
    deliver(container, next.value);
  }
}

function deliver(container: DebugContainer, { request }: DebugContainerRunRequest): void {
  const inHost = container.profile === 'PROFILE_HOST_NS';
  switch (request.case) {
    case 'stdinData':
      container.receive(request.value);
      break;
    case 'termResize':
      container.resize(request.value.width, request.value.height);
      break;
    case 'signal':
      // In the namespaces of the host nobody looks whether a signal arrived.
      if (!container.signal(request.value) && !inHost) {
        throw receiveError(
          'debug container: failed to forward signal to task: invalid argument: unknown',
        );
      }
      break;
    default:
      if (!inHost) throw receiveError(`unknown request type: ${request.case ?? 'none'}`);
  }
}

function receiveError(text: string): Error {
  return new Error(`debug container: receive loop error: error processing input message: ${text}`);
}
