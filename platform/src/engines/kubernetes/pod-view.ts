import { z } from 'zod'

export const WORKSPACE_LABEL = 'codenest.dev/workspace'
export const POOL_LABEL = 'codenest.dev/pool'

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
  containerID: z.string().optional(),
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
    deletionTimestamp: z.string().optional(),
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
  ip: string | null
  phase: string
  isDeleting: boolean
  /** Of the pod itself: `Evicted`, and why. */
  reason: string
  message: string
  /** Why no node takes it, in the scheduler's words; null when one has, or nobody has looked yet. */
  unschedulable: string | null
  /** Its one container's process; null when none runs. */
  containerId: string | null
  waiting: { reason: string; message: string } | null
  /** How the container's last process ended. */
  ended: { exitCode: number; reason: string } | null
  restarts: number
}

/** Throws a `ZodError` for what is no pod. */
export function toPodView(object: unknown): PodView {
  const { metadata, status } = Pod.parse(object)
  const [container] = status.containerStatuses
  const scheduled = status.conditions.find(({ type }) => type === 'PodScheduled')
  const ended = container?.state.terminated ?? container?.lastState.terminated
  return {
    name: metadata.name,
    uid: metadata.uid,
    workspace: metadata.labels[WORKSPACE_LABEL] ?? null,
    pool: metadata.labels[POOL_LABEL] ?? null,
    ip: status.podIP ?? null,
    phase: status.phase,
    isDeleting: metadata.deletionTimestamp !== undefined,
    reason: status.reason,
    message: status.message,
    unschedulable: scheduled?.status === 'False' ? scheduled.message : null,
    containerId: container?.state.running ? (container.containerID ?? null) : null,
    waiting: container?.state.waiting ?? null,
    ended: ended ? { exitCode: ended.exitCode, reason: ended.reason } : null,
    restarts: container?.restartCount ?? 0,
  }
}
