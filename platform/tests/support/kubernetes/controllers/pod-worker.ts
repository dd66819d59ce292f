import type { Api } from '../api.ts'
import { resourceOf } from '../kinds.ts'
import type { Pod, Stored } from '../objects.ts'
import type { EventRecorder, Happening } from './events.ts'
import type { ContainerFate, PodPlace, PodRunner, RunningContainer } from './pod-runner.ts'
import { PodStatusWriter } from './pod-status.ts'

export interface PodWorkerOptions {
  api: Api
  events: EventRecorder
  runner: PodRunner
  /** Milliseconds before the second restart of a container; doubles. The first is at once. */
  crashBackOff: number
}

/** One pod on its node, from its start to its end. */
export class PodWorker {
  readonly #options: PodWorkerOptions
  readonly #pod: Pod
  readonly #status: PodStatusWriter
  #place: PodPlace | null = null
  #container: RunningContainer | null = null
  #restarts = 0
  #timer: NodeJS.Timeout | undefined
  /** `over`: its containers have ended for good. */
  #state: 'lives' | 'stopping' | 'over' = 'lives'
  #preparing: Promise<void>
  #stopping: Promise<void> | null = null

  constructor(pod: Pod, options: PodWorkerOptions) {
    this.#pod = pod
    this.#options = options
    this.#status = new PodStatusWriter(options.api, pod)
    this.#preparing = this.#begin()
  }

  /** Ends the container and, when it has, the pod itself. May be called again with less grace. */
  async stop(graceMilliseconds: number): Promise<void> {
    if (this.#state === 'lives') {
      this.#state = 'stopping'
      this.#say('Normal', 'Killing', `Stopping container ${this.#name}`)
    }
    clearTimeout(this.#timer)
    await this.#preparing
    const ended = this.#container?.stop(graceMilliseconds)
    this.#stopping ??= (async () => {
      await ended
      await this.#place?.[Symbol.asyncDispose]()
      this.#options.api.finish(resourceOf('Pod'), this.#pod as unknown as Stored)
    })()
    await this.#stopping
  }

  get #image(): string {
    return this.#pod.spec.containers[0]?.image ?? ''
  }

  get #name(): string {
    return this.#pod.spec.containers[0]?.name ?? ''
  }

  async #begin(): Promise<void> {
    this.#status.begin('127.0.0.1')
    try {
      this.#place = await this.#options.runner.prepare(this.#pod)
    } catch (error) {
      this.#say('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${String(error)}`)
      return
    }
    if (this.#state === 'lives') this.#start()
  }

  #start(): void {
    const place = this.#place
    if (!place) return
    const isCurrent = (container: RunningContainer | null): boolean => container === this.#container
    let started: RunningContainer | null = null
    const fate: ContainerFate = {
      running: () => {
        this.#status.running(place.ip)
        this.#say('Normal', 'Created', 'Container created')
        this.#say('Normal', 'Started', 'Container started')
      },
      ready: (isReady) => {
        if (!isCurrent(started)) return
        this.#status.ready(isReady)
        if (!isReady)
          this.#say('Warning', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503')
      },
      waiting: (reason, message) => {
        this.#status.waiting(reason, message)
        for (const [type, about, text] of waitingEvents(reason, message, this.#image))
          this.#say(type, about, text)
      },
      exited: (exit) => isCurrent(started) && this.#exited(exit),
      evicted: (message) => this.#evicted(message),
    }
    // What it tells before it is known is told about it all the same.
    this.#container = null
    started = place.start(fate)
    this.#container = started
  }

  #exited({ exitCode, reason, message }: { exitCode: number; reason?: string; message?: string }): void {
    const { restartPolicy = 'Always' } = this.#pod.spec
    const isAgain = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0)
    const isLast = this.#state !== 'lives' || !isAgain
    const why = reason ?? (exitCode === 0 ? 'Completed' : 'Error')
    // A pod that was thrown out has failed, however its container ended.
    const isPhase = isLast && this.#state !== 'over'
    this.#status.terminated({ exitCode, reason: why, ...(message !== undefined && { message }) }, isPhase)
    if (this.#state === 'lives' && isLast) this.#state = 'over'
    if (isLast) return
    const wait = this.#restarts === 0 ? 0 : this.#options.crashBackOff * 2 ** (this.#restarts - 1)
    if (wait > 0) {
      const { name, namespace, uid } = this.#pod.metadata
      const text = `back-off ${Math.ceil(wait / 1000)}s restarting failed container=${this.#name} pod=${name}_${namespace}(${uid})`
      this.#status.backOff(text)
      this.#say(
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${this.#name} in pod ${name}_${namespace}(${uid})`,
      )
    }
    this.#restarts += 1
    this.#timer = setTimeout(
      () => {
        this.#status.restarting()
        this.#start()
      },
      Math.min(wait, 300_000),
    )
  }

  #evicted(message: string): void {
    if (this.#state !== 'lives') return
    this.#state = 'over'
    this.#status.evicted(message)
    this.#say('Warning', 'Evicted', message)
    void this.#container?.stop(0)
  }

  #say(type: Happening['type'], reason: string, message: string): void {
    const about = this.#pod as unknown as Stored
    this.#options.events.record(about, { type, reason, message, component: 'kubelet' })
  }
}

/** What a kubelet tells of a container that cannot start. */
function waitingEvents(
  reason: string,
  message: string,
  image: string,
): [Happening['type'], string, string][] {
  const error: [Happening['type'], string, string] = ['Warning', 'Failed', `Error: ${reason}`]
  if (reason === 'ImagePullBackOff')
    return [['Normal', 'BackOff', `Back-off pulling image "${image}"`], error]
  if (reason !== 'ErrImagePull') return [['Warning', 'Failed', `Error: ${message}`]]
  return [
    ['Normal', 'Pulling', `Pulling image "${image}"`],
    ['Warning', 'Failed', `Failed to pull image "${image}": ${message}`],
    error,
  ]
}
