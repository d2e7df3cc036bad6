import { describe, expect, it } from 'vitest';
import { parseMachineConfig, validateMachineConfig } from '../../../src/machine-config/index.js';

const old = `machine:
    type: controlplane
    ca: {crt: Q1JU, key: S0VZ}
    kubelet: {image: kubelet}
cluster:
    controlPlane: {endpoint: "https://10.5.0.2:6443"}
    secretboxEncryptionSecret: x
    apiServer: {image: "apiserver:latest"}
    scheduler: {image: "scheduler:v1.36.0@sha256:00"}
`;

describe('options of the validation', () => {
  it('a machine looks at the versions of images, a client does not', () => {
    const config = parseMachineConfig(old);
    expect(validateMachineConfig(config, { mode: 'cloud' }).errors).toEqual([]);
    const trouble = (name: string, image: string) =>
      `v1alpha1.Config: ${name} image is not valid: failed to parse Kubernetes version from image reference "${image}": invalid image reference: "${image}"`;
    expect(validateMachineConfig(config, { mode: 'cloud', onMachine: true }).errors).toEqual([
      trouble('kubelet', 'kubelet'),
      trouble('kube-apiserver', 'apiserver:latest'),
    ]);
  });

  it('releases before 1.14 want instructions to install, on metal', () => {
    const config = parseMachineConfig(old);
    expect(validateMachineConfig(config, { talos: '1.14' }).errors).toEqual([]);
    expect(validateMachineConfig(config, { talos: 'v1.13.2' }).errors).toEqual([
      'v1alpha1.Config: install instructions are required in "metal" mode',
    ]);
    expect(validateMachineConfig(config, { talos: '1.13', mode: 'cloud' }).valid).toBe(true);
  });

  it('a mode or release that there is not is refused', () => {
    const config = parseMachineConfig(old);
    expect(() => validateMachineConfig(config, { mode: 'vm' as never })).toThrow(
      /mode must be one of metal, cloud, container/,
    );
    expect(() => validateMachineConfig(config, { talos: 'new' })).toThrow(/the option talos/);
  });
});
