/** A Kubernetes object as the API server tells it: nothing is dropped that this platform does not know. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

export interface ObjectMeta {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
  managedFields?: unknown[]
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** All objects of a kind. */
export interface Collection {
  apiVersion: string
  kind: string
  /** Left out for kinds that live in no namespace. */
  namespace?: string
}

/** One object. */
export interface Target extends Collection {
  name: string
}

/** Which object a manifest is about. */
export function targetOf({ apiVersion, kind, metadata }: KubeObject): Target {
  const { namespace, name } = metadata
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }
}
