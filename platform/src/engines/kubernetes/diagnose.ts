import type { PodView } from './pod-view.ts'

/** A warning of the cluster about an object, newest of its kind. */
export interface ClusterEvent {
  reason: string
  message: string
}

export interface Diagnosis {
  /** One sentence or two for whoever waits: what happened, and what helps. */
  text: string
  /** Waiting longer does not help. */
  isFinal: boolean
}

const IMAGE_PROBLEMS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
])
const CONTAINER_PROBLEMS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
])

/**
 * Why the pod of a workspace is not where it should be, in plain words; null when nothing speaks against waiting.
 * `events` are warnings about the pod, or about what should have made one.
 */
export function diagnose(pod: PodView | null, events: ClusterEvent[]): Diagnosis | null {
  if (!pod) return diagnoseMissing(events)
  if (pod.reason === 'Evicted')
    return {
      text: `The cluster evicted the workspace: ${sentence(pod.message)} It starts again in another place, with all that was saved.`,
      isFinal: false,
    }
  if (pod.reason === 'Preempting' || pod.reason === 'Preempted')
    return {
      text: 'The cluster gave the place of this workspace to something more important. It starts again in another one.',
      isFinal: false,
    }
  if (pod.waiting && IMAGE_PROBLEMS.has(pod.waiting.reason))
    return {
      text: `The image of the workspace cannot be had (${pod.waiting.reason}): ${sentence(pod.waiting.message)} Whoever runs this CodeNest has to see to it.`,
      isFinal: pod.waiting.reason !== 'ErrImagePull',
    }
  if (pod.waiting && CONTAINER_PROBLEMS.has(pod.waiting.reason))
    return {
      text: `The cluster cannot start the workspace (${pod.waiting.reason}): ${sentence(pod.waiting.message)}`,
      isFinal: true,
    }
  if (pod.unschedulable !== null)
    return {
      text: `No machine of the cluster has room for this workspace: ${sentence(pod.unschedulable)} It starts as soon as one has.`,
      isFinal: false,
    }
  if (pod.waiting?.reason === 'CrashLoopBackOff' || (pod.process === null && pod.ended))
    return diagnoseEnd(pod)
  const failed = events.find(({ reason }) => /^Failed(Mount|CreatePodSandBox|AttachVolume)$/.test(reason))
  if (failed)
    return {
      text: `The cluster cannot start the workspace yet (${failed.reason}): ${sentence(failed.message)}`,
      isFinal: false,
    }
  return null
}

/** How a pod's last process ended, for whoever was working in it; null when it did not. */
export function diagnoseEnd({ ended }: PodView): Diagnosis | null {
  if (!ended) return null
  if (ended.reason === 'OOMKilled')
    return {
      text: 'The workspace used more memory than it may and was ended. Give it more memory, or let its programs use less.',
      isFinal: false,
    }
  return {
    text: `The runner ended unexpectedly (${ended.reason || 'exit code'} ${ended.exitCode}).`,
    isFinal: false,
  }
}

/** Whoever should make the pod was refused. */
function diagnoseMissing(events: ClusterEvent[]): Diagnosis | null {
  const refused = events.find(({ reason }) => reason === 'FailedCreate')
  if (!refused) return null
  if (/exceeded quota/.test(refused.message))
    return {
      text: `The workspaces of this cluster use all that they may: ${sentence(quotaOf(refused.message))} Stop another one, or ask whoever runs this CodeNest for more.`,
      isFinal: true,
    }
  return {
    text: `The cluster refuses the workspace: ${sentence(refused.message)} Whoever runs this CodeNest has to see to it.`,
    isFinal: true,
  }
}

function quotaOf(message: string): string {
  return /exceeded quota: .*/.exec(message)?.[0] ?? message
}

/** The cluster's own words as a sentence of their own, and not a novel. */
function sentence(text: string): string {
  const [first = ''] = text.trim().split('\n')
  const short = first.length > 300 ? `${first.slice(0, 299)}…` : first
  return /[.!?…]$/.test(short) || short === '' ? short : `${short}.`
}
