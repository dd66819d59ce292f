import type { Pod } from './objects.ts'
import type { ContainerFate, PodPlace, PodRunner, RunningContainer } from './controllers/pod-runner.ts'

/** What becomes of a pod. */
export type Fate =
  | { kind: 'ready' }
  /** Runs, and never is ready. */
  | { kind: 'unready' }
  | { kind: 'crash'; exitCode: number }
  | { kind: 'oom' }
  | { kind: 'image'; reason?: 'ErrImagePull' | 'ImagePullBackOff' }
  | { kind: 'unschedulable'; message?: string }
  | { kind: 'evicted'; message?: string }

const NO_ROOM =
  '0/1 nodes are available: 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
const DISK_FULL = 'Usage of EmptyDir volume "work" exceeds the limit "10Gi". '

/** Pods that are nothing but their status. */
export class ScriptedPods implements PodRunner {
  #fateOf: (pod: Pod) => Fate
  readonly #running = new Map<string, (fate: Fate) => void>()
  #addresses = 0

  constructor(fateOf: (pod: Pod) => Fate = () => ({ kind: 'ready' })) {
    this.#fateOf = fateOf
  }

  /** From now on; pods that are there stay as they are. */
  script(fateOf: (pod: Pod) => Fate): void {
    this.#fateOf = fateOf
  }

  /** Something happens to a pod that runs. */
  befall(name: string, fate: Fate): void {
    const act = this.#running.get(name)
    if (!act) throw new Error(`no pod ${name} runs`)
    act(fate)
  }

  refusal(pod: Pod): string | null {
    const fate = this.#fateOf(pod)
    return fate.kind === 'unschedulable' ? (fate.message ?? NO_ROOM) : null
  }

  prepare(pod: Pod): Promise<PodPlace> {
    this.#addresses += 1
    const ip = `10.244.${(this.#addresses >> 8) & 255}.${this.#addresses & 255}`
    const { name } = pod.metadata
    return Promise.resolve({
      ip,
      start: (told) => this.#start(pod, told),
      [Symbol.asyncDispose]: () => {
        this.#running.delete(name)
        return Promise.resolve()
      },
    })
  }

  #start(pod: Pod, told: ContainerFate): RunningContainer {
    const { image = '' } = pod.spec.containers[0] ?? {}
    let isOver = false
    const end = (exit: Parameters<ContainerFate['exited']>[0]): void => {
      if (isOver) return
      isOver = true
      told.exited(exit)
    }
    const act = (fate: Fate): void => {
      if (fate.kind === 'image') {
        const why = `failed to pull and unpack image "${image}": failed to resolve image: ${image}: not found`
        told.waiting('ErrImagePull', why)
        if (fate.reason !== 'ErrImagePull')
          told.waiting('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${why}`)
        return
      }
      if (fate.kind === 'evicted') {
        told.evicted(fate.message ?? DISK_FULL)
        return
      }
      told.running()
      if (fate.kind === 'ready') told.ready(true)
      if (fate.kind === 'unready') told.ready(false)
      if (fate.kind === 'crash') end({ exitCode: fate.exitCode })
      if (fate.kind === 'oom') end({ exitCode: 137, reason: 'OOMKilled' })
    }
    this.#running.set(pod.metadata.name, act)
    act(this.#fateOf(pod))
    return {
      stop: () => {
        end({ exitCode: 0 })
        return Promise.resolve()
      },
    }
  }
}
