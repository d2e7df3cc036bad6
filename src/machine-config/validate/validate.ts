import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import type { MachineConfig } from '../document.js';
import { MachineConfigError } from '../error.js';
import { isOlder, releaseOf } from '../parse/release.js';
import { kindInfo, kindOf } from '../structure/structure.js';
import { blockValidators } from './block.js';
import { conflictOf } from './conflicts.js';
import { checkImages } from './images.js';
import { kubernetesValidators } from './kubernetes.js';
import { linkValidators } from './links.js';
import { machineValidators } from './machine.js';
import { networkValidators } from './network.js';
import { Findings, type MachineConfigVerdict, type Reporter } from './reporter.js';
import { checkV1Alpha1 } from './v1alpha1/machine.js';
import type { Validators } from './validators.js';
import { checkWhole } from './whole.js';

/** Where the machine of a configuration runs. */
export type MachineMode = 'metal' | 'cloud' | 'container';

/** For what a configuration is validated. */
export interface ValidateMachineConfigOptions {
  /** `metal` installs itself on a disk, `container` is a machine for tests. Default: `metal`. */
  readonly mode?: MachineMode | undefined;
  /**
   * Look at what only machines look at: that images of Kubernetes name a version. Default: false, as
   * `talosctl validate` does.
   */
  readonly onMachine?: boolean | undefined;
  /** The release that is to take it, like `v1.12.3`. Default: the newest that is known. */
  readonly talos?: string | undefined;
}

const modes: readonly string[] = ['metal', 'cloud', 'container'] satisfies MachineMode[];

/** The first release that takes a configuration without instructions to install. */
const installFromElsewhere = '1.14';

const validators: Validators = {
  ...blockValidators,
  ...kubernetesValidators,
  ...linkValidators,
  ...machineValidators,
  ...networkValidators,
};

/**
 * Says what Talos' own validation says of a configuration, as `talosctl validate` does: in its
 * words, as far as it can be known away from the machine. Expressions (CEL), the contents of
 * certificates and the versions of Kubernetes are not looked into. Where Talos would show a secret
 * in a message, six stars stand.
 *
 * @throws {MachineConfigError} for a mode or a release that there is not.
 */
export function validateMachineConfig(
  config: MachineConfig,
  { mode = 'metal', talos, onMachine = false }: ValidateMachineConfigOptions = {},
): MachineConfigVerdict {
  if (!modes.includes(mode)) {
    throw new MachineConfigError([
      { message: `the option mode must be one of ${modes.join(', ')}` },
    ]);
  }
  const release = releaseOf(talos);
  const findings = new Findings();
  const old = config.v1alpha1;
  if (old !== undefined) {
    const surroundings = {
      installMode: mode === 'metal' ? mode : undefined,
      hasInstall: !isOlder(release, installFromElsewhere),
      hasEndpoint: config.get('KubeClusterConfig') !== undefined,
    };
    const report = findings.reporter('v1alpha1.Config');
    checkV1Alpha1(old, surroundings, report);
    if (onMachine) checkImages(old, report);
  }
  const others = config.documents.filter((document) => document !== old);
  for (const document of others) {
    const report = findings.reporter(labelOf(document));
    check(document, report);
    if (onMachine) checkImages(document, report);
  }
  const whole = findings.reporter();
  if (old !== undefined) {
    for (const document of others) {
      const conflict = conflictOf(old, document);
      if (conflict !== undefined) whole.error(conflict);
    }
  }
  checkWhole(config, { inContainer: mode === 'container' }, whole);
  const { errors, warnings } = findings;
  return { valid: errors.length === 0, errors, warnings };
}

function check(document: MachineConfigDocument, report: Reporter): void {
  const validator = validators[kindOf(document) as keyof Validators];
  (validator as ((document: MachineConfigDocument, report: Reporter) => void) | undefined)?.(
    document,
    report,
  );
}

/** How Talos' messages name a document. */
function labelOf(document: MachineConfigDocument): string {
  const kind = kindOf(document);
  const { name = '' } = document as { readonly name?: string };
  return kindInfo(kind)?.named === true ? `${kind}/${name}` : kind;
}
