import { podNetworkOf } from '../cosi/catalogue/plan.js';
import { kubernetesImages } from '../kubernetes/versions.js';
import { klog, version } from './service-voices.js';
import type { Voice } from './voice.js';

const voices: Readonly<Record<string, Voice>> = {
  'kube-apiserver': {
    begin: (speech) => [
      klog(speech, 'options.go:249', 'external host was not specified, using the address of eth0'),
      klog(speech, 'secure_serving.go:211', 'Serving securely on [::]:6443'),
    ],
    every: 23,
    meanwhile: (speech) =>
      klog(
        speech,
        'controller.go:667',
        `quota admission added evaluator for: ${speech.random.pick(['leases.coordination.k8s.io', 'endpointslices.discovery.k8s.io', 'replicasets.apps'])}`,
      ),
  },
  'kube-controller-manager': {
    begin: (speech) => [
      klog(speech, 'controllermanager.go:196', `"Starting" version="${version(speech)}"`),
      klog(
        speech,
        'leaderelection.go:257',
        'attempting to acquire leader lease kube-system/kube-controller-manager...',
      ),
    ],
    every: 67,
    meanwhile: (speech) =>
      klog(
        speech,
        'range_allocator.go:428',
        `"Set node PodCIDR" node="${speech.machine.name}" podCIDRs=["${podNetworkOf(speech.machine)}"]`,
      ),
  },
  'kube-scheduler': {
    begin: (speech) => [
      klog(speech, 'server.go:175', `"Starting Kubernetes Scheduler" version="${version(speech)}"`),
      klog(speech, 'secure_serving.go:211', 'Serving securely on 127.0.0.1:10259'),
    ],
  },
  'kube-proxy': {
    begin: (speech) => [
      klog(speech, 'server_linux.go:132', '"Using nftables Proxier"'),
      klog(speech, 'shared_informer.go:356', '"Caches are synced" controller="service config"'),
    ],
  },
  'kube-flannel': {
    begin: (speech) => [
      klog(
        speech,
        'match.go:210',
        `Using interface with name eth0 and address ${speech.machine.address}`,
      ),
      klog(speech, 'kube.go:149', 'Waiting 10m0s for node controller to sync'),
      klog(speech, 'main.go:457', 'Running backend.'),
    ],
    every: 211,
    meanwhile: (speech) => klog(speech, 'iptables.go:51', 'Starting flannel in iptables mode...'),
  },
  coredns: {
    begin: ({ machine }) => [
      '.:53',
      `CoreDNS-${kubernetesImages(machine.talosVersion).coredns.split(':v')[1]}`,
      'linux/amd64',
    ],
    every: 31,
    meanwhile: ({ random }) =>
      `[INFO] 10.244.${random.int(0, 3)}.${random.int(2, 40)}:${random.int(32_768, 60_999)} - ${random.int(1, 65_535)} "A IN kubernetes.default.svc.cluster.local. udp 58 false 512" NOERROR qr,aa,rd 114 0.00${random.int(10, 99)}s`,
  },
};

/** What a container writes, by its name in the pod. */
export function containerVoice(name: string): Voice {
  return voices[name] ?? { begin: () => [`${name} started`] };
}
