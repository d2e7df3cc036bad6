import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions } from '../../runtime/arguments/options.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { type Drained, drained } from '../draining/drained.js';
import {
  checkEtcdWithout,
  forfeitLeadership,
  type GuardedMember,
  untilEtcdInSync,
} from '../etcd/guard.js';
import type { Operation } from '../run/operation.js';
import { runOperation } from '../run/run-operation.js';
import { tracked } from '../track/tracked.js';
import { legacyAction, rebootAction } from '../upgrading/actions.js';
import { checkPath, isLegacy } from '../upgrading/check.js';
import { type InstallerImage, installerImage } from '../upgrading/image.js';
import { containerdOf, install, pull } from '../upgrading/install.js';
import {
  type UpgradeNodeOptions,
  type UpgradeRequest,
  type UpgradeStep,
  upgradeOptionsShape,
  upgradeRequestShape,
} from '../upgrading/options.js';
import { checkArrived, isSame, readRunning } from '../upgrading/running.js';

export type {
  UpgradeNodeOptions,
  UpgradeNodeSettings,
  UpgradeRequest,
  UpgradeStep,
} from '../upgrading/options.js';

/** What became of a node that was to be upgraded. */
export interface UpgradeResult {
  /** Its address; absent where the target was a client with a single machine. */
  readonly node: string | undefined;
  /** Whether it was upgraded; it was not if it ran the release already. */
  readonly upgraded: boolean;
  /** The releases that ran before and that run now, such as `v1.14.1`. */
  readonly previousVersion: string;
  readonly version: string;
  /** The schematics of the Image Factory that ran before and that run now, if any. */
  readonly previousSchematic: string | undefined;
  readonly schematic: string | undefined;
  /** Whether it was drained, and why not. */
  readonly drained: Drained;
}

/**
 * Upgrades a node, and waits until it runs the release of the image, ready. In this order: the releases
 * and etcd are checked, the installer is pulled, the node is drained, the installer runs, a leader of etcd
 * hands over, the node reboots once, its release and schematic are checked, etcd catches up, and the node
 * is uncordoned if it was schedulable.
 *
 * The installer runs once, whatever happens: a second run before the reboot would overwrite the
 * installation to go back to. If its end is not seen, the node is not rebooted before its process is
 * gone. Nothing is written to META. Nodes before Talos 1.13 are upgraded by their older call. Needs
 * `os:admin`.
 *
 * @example
 * ```ts
 * const image = 'ghcr.io/siderolabs/installer:v1.14.1';
 * const { previousVersion, version } = await upgradeNode(talos.node('10.0.0.3'), { image });
 * ```
 * @param node a named node, by an address of its own: no virtual IP
 * @throws {TalosConfigError} when the image names no release, or minor releases would be left out
 * @throws {TalosOperationError} when a step fails, the node comes back with another release or
 * schematic, or it takes longer than `timeoutMs` (default: one hour)
 */
export async function upgradeNode(
  node: Target,
  request: UpgradeRequest,
  options: UpgradeNodeOptions = {},
  parts?: ReconnectParts,
): Promise<UpgradeResult> {
  checkOptions(request, upgradeRequestShape, 'upgradeNode');
  checkOptions(options, upgradeOptionsShape, 'upgradeNode');
  const image = installerImage(request.image, request.version);
  const setup = { target: checkTarget(node), options, defaultTimeoutMs: 3_600_000, parts };
  return runOperation<UpgradeStep, UpgradeResult>({ ...setup, name: 'upgradeNode' }, (operation) =>
    new Upgrade(operation, node, image, options).run(),
  );
}

/** One upgrade of a node. */
class Upgrade {
  readonly #operation: Operation<UpgradeStep>;
  readonly #node: Target;
  readonly #image: InstallerImage;
  readonly #options: UpgradeNodeOptions;

  constructor(
    operation: Operation<UpgradeStep>,
    node: Target,
    image: InstallerImage,
    options: UpgradeNodeOptions,
  ) {
    this.#operation = operation;
    this.#node = node;
    this.#image = image;
    this.#options = options;
  }

  async run(): Promise<UpgradeResult> {
    const [operation, node, image] = [this.#operation, this.#node, this.#image];
    const { evenIfSame = false, skipMinors = false, rebootMode } = this.#options;
    operation.begin('check');
    const found = await readRunning(operation, node);
    const from = checkPath(found.version, image, skipMinors);
    const before = {
      node: node.address,
      previousVersion: found.version,
      previousSchematic: found.schematic,
    };
    if (isSame(found, image) && !evenIfSame) {
      return {
        ...before,
        ...found,
        upgraded: false,
        drained: { drained: false, reason: 'not wanted' },
      };
    }
    await this.#guard();
    const legacy = isLegacy(from);
    const after = await tracked<UpgradeStep, Omit<UpgradeResult, keyof typeof before>>(
      operation,
      node,
      legacy ? legacyAction(node, image.reference, rebootMode) : rebootAction(node, rebootMode),
      async (tracker) => {
        await tracker.begin();
        if (!legacy) {
          operation.begin('pull');
          await pull(operation, node, image.reference, containerdOf(this.#options.imageStore));
        }
        return drained(operation, node, this.#options, async (report) => {
          operation.begin('check');
          // Pulling and draining may have taken long.
          const member = await this.#guard();
          const isCertain = legacy || (await this.#install(member));
          await tracker.send();
          await tracker.untilReady(await tracker.untilRebooted());
          operation.begin('verify');
          const running = await readRunning(operation, node);
          checkArrived(operation, running, image, isCertain);
          if (member !== undefined) {
            operation.begin('wait for etcd');
            await untilEtcdInSync(operation, node, member);
          }
          return { ...running, upgraded: true, drained: report };
        });
      },
    );
    return { ...before, ...after };
  }

  async #guard(): Promise<GuardedMember | undefined> {
    const { etcd = 'guard' } = this.#options;
    return etcd === 'guard' ? checkEtcdWithout(this.#operation, this.#node) : undefined;
  }

  /** Whether the success of the installer was seen. */
  async #install(member: GuardedMember | undefined): Promise<boolean> {
    const operation = this.#operation;
    operation.begin('install');
    const seen = await install(
      operation,
      this.#node,
      this.#image.reference,
      containerdOf(this.#options.imageStore),
    );
    if (member?.leads === true) await forfeitLeadership(operation, this.#node);
    return seen;
  }
}
