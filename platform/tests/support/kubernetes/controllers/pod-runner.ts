import type { Pod } from '../objects.ts'

/** What becomes of pods that have a node. */
export interface PodRunner {
  /** Why no node can take a pod, as the scheduler would say it; null when one can. */
  refusal?(pod: Pod): string | null
  /** Gives a pod its place; called once per pod, before its container starts. */
  prepare(pod: Pod): Promise<PodPlace>
}

/** Where a pod is: lasts over restarts of its container. */
export interface PodPlace extends AsyncDisposable {
  /** Of the pod. */
  readonly ip: string
  /** Runs the (first) container; what becomes of it is told to `told`. */
  start(told: ContainerFate): RunningContainer
}

export interface RunningContainer {
  /** Like SIGTERM, and SIGKILL when the grace is over; resolves when it has ended. May be called again with less. */
  stop(graceMilliseconds: number): Promise<void>
}

export interface ContainerFate {
  /** It runs. */
  running(): void
  ready(isReady: boolean): void
  /** It cannot even start: `ErrImagePull`, `ImagePullBackOff`, `CreateContainerConfigError`. */
  waiting(reason: string, message: string): void
  /** It has ended; it is started again as the pod's restart policy says. */
  exited(exit: { exitCode: number; reason?: string; message?: string }): void
  /** Its node has thrown the whole pod out. */
  evicted(message: string): void
}
