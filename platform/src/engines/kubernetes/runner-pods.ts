import type { Cluster } from './cluster/cluster.ts'
import type { Watched } from './cluster/watch.ts'
import { MANAGED_LABELS } from './manifests/names.ts'
import { isLiving, toPodView } from './pod-view.ts'
import type { PodView } from './pod-view.ts'
import { RunnerLink } from './runner-link.ts'
import type { PodStatus } from './runner-link.ts'
import { RUNNER_PORT } from './settings.ts'

/** A pod of a workspace or of the pool, and what its runner says of itself. */
export interface RunnerPod {
  pod: PodView
  /** null until it has said something, and when it cannot be heard. */
  status: PodStatus | null
  link: RunnerLink | null
}

export interface RunnerPodsOptions {
  cluster: Cluster
  namespace: string
  /** A pod of this workspace has changed, or its runner has said something. */
  onChange: (id: string) => void
  signal: AbortSignal
}

/** The pods of workspaces and of the pool: what the cluster knows of them, and what their runners say. */
export class RunnerPods implements Disposable {
  readonly #options: RunnerPodsOptions
  readonly #watched: Watched<PodView>
  /** By the pod's name. */
  readonly #pods = new Map<string, RunnerPod>()
  readonly #byWorkspace = new Map<string, Set<RunnerPod>>()
  /** Exit codes of runners whose pods have gone, until somebody asks. */
  readonly #exitCodes = new Map<string, number>()

  constructor(options: RunnerPodsOptions) {
    this.#options = options
    this.#watched = options.cluster.watch({
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: options.namespace,
      labelSelector: Object.entries(MANAGED_LABELS)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
      project: toPodView,
      onChange: ({ type, value }) => {
        if (type === 'set') this.#set(value)
        else this.#delete(value)
      },
      signal: options.signal,
    })
  }

  get synced(): Promise<void> {
    return this.#watched.synced
  }

  health(): ReturnType<Watched<unknown>['health']> {
    return this.#watched.health()
  }

  ids(): string[] {
    return [...this.#byWorkspace.keys()]
  }

  /** All that are left, those that are about to go included. */
  of(id: string): RunnerPod[] {
    return [...(this.#byWorkspace.get(id) ?? [])]
  }

  /** The one that stays; null when there is none. Beside one of the pool there should be no other. */
  current(id: string): RunnerPod | null {
    const living = this.of(id).filter(({ pod }) => isLiving(pod))
    const pooled = living.filter(({ pod }) => pod.deployment !== null)
    const candidates = pooled.length > 0 ? pooled : living
    const working = candidates.find(({ status }) => status && status.stage !== 'waiting')
    return working ?? candidates[0] ?? null
  }

  /** Those of the pool whose runners wait, as far as anybody knows. */
  waiting(): RunnerPod[] {
    return [...this.#pods.values()].filter(
      ({ pod, status }) =>
        pod.pool !== null && pod.workspace === null && isLiving(pod) && status?.stage === 'waiting',
    )
  }

  /** How the last runner of a workspace ended whose pod has gone; told once. */
  takeExitCode(id: string): number | null {
    const code = this.#exitCodes.get(id) ?? null
    this.#exitCodes.delete(id)
    return code
  }

  [Symbol.dispose](): void {
    for (const { link } of this.#pods.values()) link?.[Symbol.dispose]()
  }

  #set(pod: PodView): void {
    const known = this.#pods.get(pod.name)
    if (known && known.pod.uid !== pod.uid) this.#delete(known.pod)
    const runner = this.#pods.get(pod.name) ?? { pod, status: null, link: null }
    const before = runner.pod
    runner.pod = pod
    this.#pods.set(pod.name, runner)
    if (before.workspace !== pod.workspace) this.#leave(before.workspace, runner)
    const id = pod.workspace
    if (id !== null) {
      const all = this.#byWorkspace.get(id) ?? new Set()
      this.#byWorkspace.set(id, all.add(runner))
      if (pod.ended) this.#exitCodes.set(id, pod.ended.exitCode)
    }
    if (pod.ip !== null && pod.process !== null) runner.link ??= this.#listen(pod.ip, runner)
    // A process that has just come up listens in a moment.
    if (pod.process !== before.process) runner.link?.hurry()
    if (id !== null) this.#options.onChange(id)
  }

  #delete(pod: PodView): void {
    const runner = this.#pods.get(pod.name)
    if (!runner) return
    runner.link?.[Symbol.dispose]()
    this.#pods.delete(pod.name)
    this.#leave(pod.workspace, runner)
  }

  #leave(id: string | null, runner: RunnerPod): void {
    if (id === null) return
    const all = this.#byWorkspace.get(id)
    all?.delete(runner)
    if (all?.size === 0) this.#byWorkspace.delete(id)
    this.#options.onChange(id)
  }

  #listen(host: string, runner: RunnerPod): RunnerLink {
    return new RunnerLink({
      host,
      port: RUNNER_PORT,
      onStatus: (status) => {
        runner.status = status
        if (runner.pod.workspace !== null) this.#options.onChange(runner.pod.workspace)
      },
    })
  }
}
