/** When a request to the Kubernetes API ends. */
export interface KubernetesCall {
  /** Ends the request, which then rejects with the reason of the signal. */
  readonly signal: AbortSignal;
  /** How many milliseconds the request may take. */
  readonly timeoutMs: number;
}

/**
 * A client of the Kubernetes API, as far as operations need one. They make one themselves, from the
 * kubeconfig that a control plane gives to an `os:admin`. Pass your own as the option `kubernetes` where
 * that role is missing, or where the API is reached in another way.
 *
 * Objects are those of Kubernetes' JSON; only what stands in the types here is looked at. Lists are
 * whole: read all pages. A request that the API refuses rejects with an error that has the status of
 * HTTP as `status` (or as `code`), such as `KubernetesApiError`. Every other error means that the API
 * was not reached, and the request is made again.
 */
export interface KubernetesApi {
  /** `GET /api/v1/nodes/NAME`. */
  getNode(name: string, call: KubernetesCall): Promise<KubernetesNode>;
  /** `GET /api/v1/nodes`, all pages. */
  listNodes(call: KubernetesCall): Promise<readonly KubernetesNode[]>;
  /** `PATCH /api/v1/nodes/NAME` with a merge patch. */
  patchNode(name: string, patch: KubernetesNodePatch, call: KubernetesCall): Promise<unknown>;
  /** `GET /api/v1/pods`, or those of one namespace, all pages. */
  listPods(query: KubernetesPodQuery, call: KubernetesCall): Promise<readonly KubernetesPod[]>;
  /** `GET /apis/apps/v1/namespaces/NAMESPACE/daemonsets/NAME`. */
  getDaemonSet(namespace: string, name: string, call: KubernetesCall): Promise<unknown>;
  /**
   * `POST /api/v1/namespaces/NAMESPACE/pods/NAME/eviction` with an `Eviction` of `policy/v1`. The pod's
   * UID is to be its precondition, so that a pod that has come in the place of another is left alone.
   */
  evictPod(pod: KubernetesPodIdentity, call: KubernetesCall): Promise<unknown>;
}

/** Which pods to list. Conditions that are left out hold for all. */
export interface KubernetesPodQuery {
  /** The name of the node that they are bound to: the field selector `spec.nodeName`. */
  readonly nodeName?: string | undefined;
  readonly namespace?: string | undefined;
  /** Such as `k8s-app=kube-dns`. */
  readonly labelSelector?: string | undefined;
}

/** One pod, and no later one of the same name. */
export interface KubernetesPodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What operations change about a node. */
export interface KubernetesNodePatch {
  readonly spec: { readonly unschedulable: boolean };
}

/** Metadata of an object of Kubernetes. */
export interface KubernetesMetadata {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Set once the object is being deleted. */
  readonly deletionTimestamp?: string | Date | null | undefined;
  readonly ownerReferences?: readonly KubernetesOwner[] | null | undefined;
}

/** What an object of Kubernetes belongs to. */
export interface KubernetesOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Whether it is what controls the object. */
  readonly controller?: boolean | undefined;
}

/** A condition of a node or a pod. */
export interface KubernetesCondition {
  /** Such as `Ready`. */
  readonly type: string;
  /** `True`, `False` or `Unknown`. */
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** A node as the Kubernetes API shows it. */
export interface KubernetesNode {
  readonly metadata?: KubernetesMetadata | undefined;
  readonly spec?:
    | {
        readonly unschedulable?: boolean | undefined;
        readonly taints?:
          | readonly { readonly key: string; readonly effect: string }[]
          | null
          | undefined;
      }
    | undefined;
  readonly status?:
    | {
        readonly conditions?: readonly KubernetesCondition[] | undefined;
        readonly addresses?:
          | readonly { readonly type: string; readonly address: string }[]
          | undefined;
        readonly nodeInfo?:
          | { readonly bootID?: string | undefined; readonly kubeletVersion?: string | undefined }
          | undefined;
      }
    | undefined;
}

/** A pod as the Kubernetes API shows it. */
export interface KubernetesPod {
  readonly metadata?: KubernetesMetadata | undefined;
  readonly spec?: { readonly nodeName?: string | undefined } | undefined;
  readonly status?:
    | {
        readonly phase?: string | undefined;
        readonly conditions?: readonly KubernetesCondition[] | undefined;
      }
    | undefined;
}
