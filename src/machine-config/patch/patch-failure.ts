/** The longest text that an error of a patch shows; parts of patches go into it. */
const maxLength = 500;

/** Why a patch does not apply. Becomes a `MachineConfigError` where the patch is known. */
export class PatchFailure extends Error {
  override readonly name = 'PatchFailure';

  constructor(reason: string) {
    super(reason.length > maxLength ? `${reason.slice(0, maxLength)}…` : reason);
  }
}
