import type { Api } from '../api.ts'
import { resourceOf } from '../kinds.ts'
import { asPod, now, withCondition } from '../objects.ts'
import type { Condition, ContainerState, ContainerStatus, Json, Pod, PodStatus, Stored } from '../objects.ts'

const POD = resourceOf('Pod')

/** Writes the status of one pod as a kubelet does. */
export class PodStatusWriter {
  readonly #api: Api
  readonly #pod: Pod

  constructor(api: Api, pod: Pod) {
    this.#api = api
    this.#pod = pod
  }

  begin(hostIP: string): void {
    this.write((status) => ({
      phase: 'Pending',
      hostIP,
      hostIPs: [{ ip: hostIP }],
      startTime: status.startTime ?? now(),
      conditions: conditions(this.#pod, status.conditions, false),
      containerStatuses: [this.#container({ waiting: { reason: 'ContainerCreating' } }, {})],
    }))
  }

  running(ip: string): void {
    this.write((status) => ({
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: conditions(this.#pod, status.conditions, false),
      containerStatuses: [
        this.#container({ running: { startedAt: now() } }, { started: true, ...this.#known(status) }),
      ],
    }))
  }

  ready(isReady: boolean): void {
    this.write((status) => ({
      conditions: conditions(this.#pod, status.conditions, isReady),
      containerStatuses: status.containerStatuses?.map((one) => ({ ...one, ready: isReady })),
    }))
  }

  waiting(reason: string, message: string): void {
    this.write((status) => ({
      conditions: conditions(this.#pod, status.conditions, false),
      containerStatuses: [this.#container({ waiting: { reason, message } }, this.#known(status))],
    }))
  }

  /** Resolves the state that the container ended in, for `lastState` of the next. */
  terminated(exit: { exitCode: number; reason: string; message?: string }, isLast: boolean): void {
    this.write((status) => {
      const startedAt = status.containerStatuses?.[0]?.state.running?.startedAt ?? now()
      const state: ContainerState = { terminated: { ...exit, startedAt, finishedAt: now() } }
      const phase = exit.exitCode === 0 ? ('Succeeded' as const) : ('Failed' as const)
      return {
        ...(isLast && { phase }),
        ...(status.phase !== 'Failed' && { conditions: conditions(this.#pod, status.conditions, false) }),
        containerStatuses: [this.#container(state, this.#known(status))],
      }
    })
  }

  /** Between two runs of a container. */
  backOff(message: string): void {
    this.write((status) => {
      const [before] = status.containerStatuses ?? []
      const state: ContainerState = { waiting: { reason: 'CrashLoopBackOff', message } }
      return {
        containerStatuses: [
          this.#container(state, { ...this.#known(status), lastState: before?.state ?? {} }),
        ],
      }
    })
  }

  restarting(): void {
    this.write((status) => {
      const [before] = status.containerStatuses ?? []
      const last = before?.state.terminated ? before.state : (before?.lastState ?? {})
      const restartCount = (before?.restartCount ?? 0) + 1
      return {
        containerStatuses: [
          this.#container({ waiting: { reason: 'ContainerCreating' } }, { restartCount, lastState: last }),
        ],
      }
    })
  }

  evicted(message: string): void {
    this.write((status) => ({
      phase: 'Failed',
      reason: 'Evicted',
      message,
      conditions: ['Ready', 'ContainersReady'].reduce<Condition[] | undefined>(
        (all, type) => withCondition(all, { type, status: 'False', reason: 'PodFailed' }),
        status.conditions,
      ),
    }))
  }

  write(change: (status: PodStatus) => Json): void {
    const { namespace = '', name, uid } = this.#pod.metadata
    if (this.#api.store.byUid(uid) === undefined) return
    this.#api.setStatus({ resource: POD, namespace, name }, (current: Stored) =>
      change(asPod(current).status),
    )
  }

  #known(status: PodStatus): Partial<ContainerStatus> {
    const { restartCount, lastState } = status.containerStatuses?.[0] ?? {}
    return { ...(restartCount !== undefined && { restartCount }), ...(lastState && { lastState }) }
  }

  #container(state: ContainerState, rest: Partial<ContainerStatus>): ContainerStatus {
    const { name = '', image = '' } = this.#pod.spec.containers[0] ?? {}
    return {
      name,
      image,
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      lastState: {},
      ...rest,
      state,
    }
  }
}

function conditions(pod: Pod, before: Condition[] | undefined, isReady: boolean): Condition[] {
  const names = pod.spec.containers.map(({ name }) => name).join(' ')
  const unready = {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${names}]`,
  } as const
  const readiness = isReady ? ({ status: 'True' } as const) : unready
  let all = before
  for (const type of ['PodReadyToStartContainers', 'Initialized', 'PodScheduled'])
    all = withCondition(all, { type, status: 'True' })
  for (const type of ['Ready', 'ContainersReady']) all = withCondition(all, { type, ...readiness })
  return all ?? []
}
