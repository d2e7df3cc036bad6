import { ServicePID } from '../../../generated/cosi/kinds/runtime.js';
import { images } from '../../../generated/features/images.js';
import { type ContainerdInstance, lifecycle } from '../../../generated/features/lifecycle.js';
import { cosi } from '../../cosi/cosi.js';
import type { Target } from '../../runtime/target.js';
import type { AttemptOptions } from '../run/attempt.js';
import type { Operation } from '../run/operation.js';
import { type Look, poll } from '../run/poll.js';
import { isRefusal, mayHaveRun, rpcError } from '../run/refusals.js';
import { outcomeOfCall } from '../track/outcome.js';

/** The containerd that an installer is pulled into and run by. */
export type Containerd = Pick<ContainerdInstance, 'driver' | 'namespace'>;

const containerds: Readonly<Record<'disk' | 'memory', Containerd>> = {
  disk: { driver: 'CRI', namespace: 'NS_SYSTEM' },
  memory: { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' },
};

/** The containerd that keeps its images where they are wanted. */
export function containerdOf(imageStore: 'disk' | 'memory' = 'disk'): Containerd {
  return containerds[imageStore];
}

/** An installer that is not heard of any more may go on for so long. Milliseconds. */
const INSTALLER_MS = 900_000;
const ATTEMPT_MS = 10_000;

/** Its process has to be gone twice, with so much time between. */
const GONE_EVERY_MS = 5_000;
const GONE_LOOKS = 2;

/** Pulls an image, and tells the bytes. A pull may be repeated without harm. */
export async function pull<Step extends string>(
  operation: Operation<Step>,
  node: Target,
  imageRef: string,
  containerd: Containerd,
): Promise<void> {
  const layers = new Map<string, { readonly offset: bigint; readonly total: bigint }>();
  const { signal } = operation;
  for await (const { response } of images(node).pull({ imageRef, containerd }, { signal })) {
    if (response.case !== 'pullProgress') continue;
    const { layerId, progress } = response.value;
    if (progress === undefined || progress.total === 0n) continue;
    layers.set(layerId, progress);
    let [bytes, total] = [0n, 0n];
    for (const layer of layers.values()) {
      bytes += layer.offset;
      total += layer.total;
    }
    operation.tell({ type: 'bytes', bytes: Number(bytes), total: Number(total) });
  }
}

/**
 * Runs the installer of an image, once: a second run before the reboot would overwrite the
 * installation to go back to. Gives whether its success was seen; without, it is not known how it
 * ended, and its process is gone.
 *
 * @throws {TalosOperationError} when the installer failed, or may still be running
 */
export async function install<Step extends string>(
  operation: Operation<Step | 'wait for installer'>,
  node: Target,
  imageName: string,
  containerd: Containerd,
): Promise<boolean> {
  const before = operation.outcome;
  operation.changes();
  const { signal } = operation;
  let last: string | undefined;
  try {
    const request = { containerd, source: { imageName } };
    for await (const { progress } of lifecycle(node).upgrade(request, { signal })) {
      const response = progress?.response;
      if (response?.case === 'exitCode') {
        if (response.value === 0) return true;
        throw operation.failure(
          `the installer ended with the code ${response.value}: ${last ?? ''}`,
          {
            hint: 'the node runs on as before; look at what the installer said before you reboot it',
          },
        );
      }
      if (response?.case !== 'message') continue;
      last = response.value.trimEnd();
      operation.tell({ type: 'note', text: last });
    }
  } catch (error) {
    signal.throwIfAborted();
    if (rpcError(error) === undefined && !mayHaveRun(error)) throw error;
    if (outcomeOfCall(error) === 'unchanged') {
      // What has said something has run.
      if (last === undefined) operation.knows(before);
      throw error;
    }
    operation.knows('unknown');
    operation.tell({
      type: 'note',
      text: `the installer is not heard of any more: ${String(error)}`,
    });
    await untilInstallerIsGone(operation, node);
    return false;
  }
  operation.knows('unknown');
  throw operation.failure('the installer ended without an exit code', {
    hint: 'its success was not seen: look at the node before you reboot it',
  });
}

/** Waits until no installer runs. While one writes, the node must not be rebooted. */
export async function untilInstallerIsGone<Step extends string>(
  operation: Operation<Step | 'wait for installer'>,
  node: Target,
): Promise<void> {
  operation.begin('wait for installer');
  let gone = 0;
  const look = async (call: AttemptOptions): Promise<Look<true>> => {
    const before = gone;
    gone = 0;
    const running = await cosi(node).find(ServicePID, 'installer', call);
    if (running !== undefined) return { missing: 'it still runs' };
    gone = before + 1;
    return gone < GONE_LOOKS ? { missing: 'it was seen to be gone once' } : { found: true };
  };
  const pace = { what: 'the installer to end', everyMs: GONE_EVERY_MS, attemptMs: ATTEMPT_MS };
  try {
    await operation.within(INSTALLER_MS, () =>
      poll(operation, { ...pace, isFinal: isRefusal }, look),
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw operation.failure('nobody can tell whether the installer still runs', {
      cause: error,
      hint: 'do not reboot the node before it has ended',
    });
  }
}
