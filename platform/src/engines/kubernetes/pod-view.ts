import { z } from 'zod'
import { POOL_LABEL, WORKSPACE_LABEL } from './manifests/names.ts'

/** On pods of the pool: a digest of what they were made from. */
export const TEMPLATE_ANNOTATION = 'codenest.dev/template'

const Termination = z.object({
  exitCode: z.number(),
  reason: z.string().default(''),
  message: z.string().default(''),
})
const ContainerState = z.object({
  waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
  running: z.object({}).optional(),
  terminated: Termination.optional(),
})
const ContainerStatus = z.object({
  restartCount: z.number().default(0),
  state: ContainerState.default({}),
  lastState: ContainerState.default({}),
})
const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
})
const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
    ownerReferences: z
      .array(z.object({ kind: z.string(), uid: z.string(), controller: z.boolean().default(false) }))
      .default([]),
  }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      podIP: z.string().optional(),
      reason: z.string().default(''),
      message: z.string().default(''),
      conditions: z.array(Condition).default([]),
      containerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
})

/** What the engine wants to know of a pod: a cluster's watch keeps only this in memory. */
export interface PodView {
  name: string
  uid: string
  /** null for a pod that is nobody's yet. */
  workspace: string | null
  pool: string | null
  /** What a pod of the pool was made from. */
  template: string | null
  /** uid of the Deployment that has it without a ReplicaSet in between: so it is with one that came from the pool. */
  deployment: string | null
  ip: string | null
  phase: string
  isDeleting: boolean
  /** When one that is being deleted has to have ended, in milliseconds since the epoch. */
  goneBy: number | null
  /** Of the pod itself: `Evicted`, and why. */
  reason: string
  message: string
  /** Why no node takes it, in the scheduler's words; null when one has, or nobody has looked yet. */
  unschedulable: string | null
  /** Another one for every process of its one container; null while none runs. */
  process: string | null
  waiting: { reason: string; message: string } | null
  /** How the container's last process ended. */
  ended: { exitCode: number; reason: string } | null
}

/** Throws a `ZodError` for what is no pod. */
export function toPodView(object: unknown): PodView {
  const { metadata, status } = Pod.parse(object)
  const [container] = status.containerStatuses
  const owner = metadata.ownerReferences.find(({ controller }) => controller)
  const scheduled = status.conditions.find(({ type }) => type === 'PodScheduled')
  const ended = container?.state.terminated ?? container?.lastState.terminated
  return {
    name: metadata.name,
    uid: metadata.uid,
    workspace: metadata.labels[WORKSPACE_LABEL] ?? null,
    pool: metadata.labels[POOL_LABEL] ?? null,
    template: metadata.annotations[TEMPLATE_ANNOTATION] ?? null,
    deployment: owner?.kind === 'Deployment' ? owner.uid : null,
    ip: status.podIP ?? null,
    phase: status.phase,
    isDeleting: metadata.deletionTimestamp !== undefined,
    goneBy: metadata.deletionTimestamp === undefined ? null : Date.parse(metadata.deletionTimestamp),
    reason: status.reason,
    message: status.message,
    unschedulable: scheduled?.status === 'False' ? scheduled.message : null,
    process: container?.state.running ? `${metadata.uid} ${container.restartCount}` : null,
    waiting: container?.state.waiting ?? null,
    ended: ended ? { exitCode: ended.exitCode, reason: ended.reason } : null,
  }
}

/** One that stays, as far as anybody knows. */
export function isLiving({ isDeleting, phase }: PodView): boolean {
  return !isDeleting && phase !== 'Failed' && phase !== 'Succeeded'
}
