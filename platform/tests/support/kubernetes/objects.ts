import type { KubeObject, OwnerReference } from '../../../src/engines/kubernetes/cluster/objects.ts'

/** An object as the double keeps it: never changed in place, always replaced. */
export interface Stored extends KubeObject {
  metadata: Omit<KubeObject['metadata'], 'managedFields'> & {
    uid: string
    resourceVersion: string
    creationTimestamp: string
    generation?: number
    generateName?: string
    managedFields?: ManagedFields[]
  }
  spec?: Json
  status?: Json
}

export type Json = Record<string, unknown>

export interface ManagedFields {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time: string
  fieldsType: 'FieldsV1'
  fieldsV1: Json
  subresource?: string
}

export interface Probe {
  httpGet?: { path: string; port: number | string; scheme?: string }
  periodSeconds?: number
  initialDelaySeconds?: number
  timeoutSeconds?: number
  failureThreshold?: number
}

export interface Container {
  name: string
  image: string
  command?: string[]
  args?: string[]
  env?: {
    name: string
    value?: string
    valueFrom?: { fieldRef?: { fieldPath: string }; secretKeyRef?: { name: string; key: string } }
  }[]
  ports?: { name?: string; containerPort: number; hostPort?: number; protocol?: string }[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[]
  readinessProbe?: Probe
  livenessProbe?: Probe
  securityContext?: Json
}

export interface PodSpec {
  containers: Container[]
  initContainers?: Container[]
  volumes?: ({ name: string } & Json)[]
  nodeName?: string
  nodeSelector?: Record<string, string>
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  terminationGracePeriodSeconds?: number
  securityContext?: Json
  [field: string]: unknown
}

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastTransitionTime?: string
}

export interface ContainerState {
  running?: { startedAt: string }
  waiting?: { reason: string; message?: string }
  terminated?: { exitCode: number; reason: string; message?: string; startedAt: string; finishedAt: string }
}

export interface ContainerStatus {
  name: string
  image: string
  imageID: string
  ready: boolean
  started: boolean
  restartCount: number
  state: ContainerState
  lastState: ContainerState
}

export interface PodStatus {
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  reason?: string
  message?: string
  conditions?: Condition[]
  containerStatuses?: ContainerStatus[]
  hostIP?: string
  podIP?: string
  podIPs?: { ip: string }[]
  startTime?: string
}

export interface Pod {
  apiVersion: string
  kind: string
  metadata: Stored['metadata']
  spec: PodSpec
  status: PodStatus
}

export const asPod = (object: Stored): Pod => object as unknown as Pod

export interface Template {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec: PodSpec
}

/** A Deployment or a ReplicaSet. */
export interface Workload {
  apiVersion: string
  kind: string
  metadata: Stored['metadata']
  spec: {
    replicas: number
    selector: { matchLabels?: Record<string, string> }
    template: Template
    strategy?: { type: string }
    progressDeadlineSeconds?: number
  }
  status?: Json & { replicas?: number; readyReplicas?: number; conditions?: Condition[] }
}

export const asWorkload = (object: Stored): Workload => object as unknown as Workload

export function controllerOf({ metadata }: Pick<Stored, 'metadata'>): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)
}

export function isActive(pod: Pod): boolean {
  const { phase } = pod.status
  return pod.metadata.deletionTimestamp === undefined && phase !== 'Failed' && phase !== 'Succeeded'
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

/** As the API server writes times. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`
}

/** The conditions with one of them set; its time changes only with its status. */
export function withCondition(
  conditions: Condition[] | undefined,
  condition: Omit<Condition, 'lastTransitionTime'>,
): Condition[] {
  const before = conditions?.find(({ type }) => type === condition.type)
  const same = before?.status === condition.status
  const lastTransitionTime =
    same && before.lastTransitionTime !== undefined ? before.lastTransitionTime : now()
  const others = (conditions ?? []).filter(({ type }) => type !== condition.type)
  return [...others, { ...condition, lastTransitionTime }]
}

export function qosOf({ spec }: Pod): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const resources = spec.containers.map((one) => one.resources ?? {})
  if (resources.every(({ requests, limits }) => !requests && !limits)) return 'BestEffort'
  const isFull = resources.every(({ requests, limits }) =>
    ['cpu', 'memory'].every((key) => limits?.[key] !== undefined && requests?.[key] === limits[key]),
  )
  return isFull ? 'Guaranteed' : 'Burstable'
}

/** As the API leaves out what is zero. */
export function some(count: number): number | undefined {
  return count === 0 ? undefined : count
}
