import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { readRelease } from '../track/release.js';
import type { InstallerImage } from './image.js';
import { readSchematic } from './schematic.js';

/** What runs on a node. */
export interface Running {
  /** The release, such as `v1.14.1`. */
  readonly version: string;
  /** The schematic of the Image Factory, if it was made by it. */
  readonly schematic: string | undefined;
}

/** Reads what runs on a node, waiting until it answers. */
export async function readRunning<Step extends string>(
  operation: Operation<Step>,
  node: Target,
): Promise<Running> {
  const version = await readRelease(operation, node);
  return { version, schematic: await readSchematic(operation, node) };
}

/** Whether a node runs all that an image holds, so that there is nothing to upgrade. */
export function isSame({ version, schematic }: Running, image: InstallerImage): boolean {
  return version === image.version && schematic === image.schematic;
}

/** Whether a node that was upgraded runs what the image says that it holds. */
export function isArrived({ version, schematic }: Running, image: InstallerImage): boolean {
  return version === image.version && (image.schematic ?? schematic) === schematic;
}

/**
 * Checks what runs on a node after an upgrade: it may come back healthy with what it ran before, by its
 * boot loader or by a wrong entry.
 *
 * @param isCertain whether the success of the installer was seen
 * @throws {TalosOperationError} when it is not what the image holds
 */
export function checkArrived<Step extends string>(
  operation: Operation<Step>,
  { version, schematic }: Running,
  image: InstallerImage,
  isCertain: boolean,
): void {
  if (version !== image.version) {
    throw operation.failure(`the node came back with ${version}, not ${image.version}`, {
      hint: isCertain
        ? 'its boot loader fell back to the installation before, or never left it'
        : 'the installer did not come to its end; upgrade the node again',
    });
  }
  if (isArrived({ version, schematic }, image)) return;
  const found = schematic === undefined ? 'none' : `the schematic ${schematic}`;
  throw operation.failure(`the node came back with ${found}, not ${image.schematic}`, {
    hint: 'its boot loader fell back to the installation before, or never left it',
  });
}
