import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { kindOf } from '../structure/structure.js';
import type { Reporter } from './reporter.js';
import { isControlPlane } from './v1alpha1/machine.js';
import { quote } from './words.js';

/** What messages call the image of a document. */
const names: Readonly<Record<string, string>> = {
  KubeAPIServerConfig: 'kube-apiserver',
  KubeControllerManagerConfig: 'kube-controller-manager',
  KubeProxyConfig: 'proxy',
  KubeSchedulerConfig: 'scheduler',
};

/** Images of Kubernetes tell its version by their tag; machines look at it, `talosctl` does not. */
export function checkImages(document: MachineConfigDocument, report: Reporter): void {
  for (const [name, image] of imagesOf(document)) {
    if (image === undefined || image === '' || image.includes(':v')) continue;
    const reference = quote(image);
    report.error(
      `${name} image is not valid: failed to parse Kubernetes version from image reference ${reference}: invalid image reference: ${reference}`,
    );
  }
}

function imagesOf(document: MachineConfigDocument): [name: string, image: string | undefined][] {
  const name = names[kindOf(document)];
  if (name !== undefined) {
    const { image, enabled } = document as { image?: string; enabled?: boolean };
    return enabled === false ? [] : [[name, image]];
  }
  if (document.kind !== undefined) return [];
  const { machine, cluster } = document;
  if (machine === undefined) return [];
  const kubelet: [string, string | undefined] = ['kubelet', machine.kubelet?.image];
  if (cluster === undefined || !isControlPlane(document)) return [kubelet];
  return [
    kubelet,
    ['kube-apiserver', cluster.apiServer?.image],
    ['kube-controller-manager', cluster.controllerManager?.image],
    ['kube-scheduler', cluster.scheduler?.image],
  ];
}
